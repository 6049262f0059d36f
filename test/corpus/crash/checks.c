// SPDX-License-Identifier: GPL-2.0
/* Complaints of the kernel's own checks that a driver asked for. */
#include <linux/refcount.h>
#include <linux/thread_info.h>
#include <linux/vmalloc.h>
#include "crash.h"

static noinline void queue_is_broken(void) {
  BUG();
}

static noinline void length_is_wrong(void) {
  BUG_ON(hidden_number(3) > 2);
}

static noinline void state_is_odd(void) {
  WARN_ON(hidden_number(1));
}

static noinline void ring_is_full(void) {
  WARN(hidden_number(1), "ring %d is full: %u of %u slots\n", 3, 256, 256);
}

static noinline void clock_went_back(void) {
  WARN_ONCE(hidden_number(1), "clock went back by %d ns", 1200);
}

static noinline void never_again(void) {
  WARN_ON_ONCE(hidden_number(1));
}

static noinline void only_taint(void) {
  WARN_TAINT(hidden_number(1), TAINT_FIRMWARE_WORKAROUND, "firmware table %s is short\n", "DSDT");
}

static noinline void give_up(void) {
  panic("no buffer for %s, needed %d pages", "dma0", 64);
}

static noinline void give_up_by_name(void) {
  panic("%s: controller is gone", __func__);
}

static noinline void say_bug(void) {
  pr_emerg("BUG: the table of %s has %d entries too many\n", "demo", 2);
  dump_stack();
}

static noinline void trace_only(void) {
  dump_stack();
}

static noinline void get_freed(void) {
  static refcount_t users = REFCOUNT_INIT(0);
  refcount_inc(&users);
  STAY();
}

static noinline void get_too_often(void) {
  static refcount_t users = REFCOUNT_INIT(INT_MAX);
  refcount_inc(&users);
  STAY();
}

static noinline void put_too_often(void) {
  static refcount_t users = REFCOUNT_INIT(0);
  if (refcount_dec_and_test(&users)) pr_info("gone\n");
}

static noinline void put_last(void) {
  static refcount_t users = REFCOUNT_INIT(1);
  refcount_dec(&users);
  STAY();
}

static noinline void add_to_freed(void) {
  static refcount_t users = REFCOUNT_INIT(0);
  refcount_add(4, &users);
  STAY();
}

static noinline void smash(void) {
  char room[16];
  memset(hidden(room), 0x5a, hidden_number(96));
  STAY();
}

static noinline void overwrite_stack_end(void) {
  /* The last word of the stack is a mark that the scheduler looks at. */
  WRITE_ONCE(*(unsigned long *)current->stack, 0);
  schedule();
}

static noinline void copy_too_much(void) {
  struct {
    char name[16], rest[64];
  } *object = hidden(kzalloc(sizeof(*object), GFP_KERNEL));
  /* Only the size of the member is known at compile time. */
  memcpy(object->name, object, hidden_number(48));
  STAY();
}

static noinline void append_too_much(void) {
  static char name[8];
  strscpy(name, "eth", sizeof(name));
  strcat(name, hidden("-far-too-long-a-name"));
}

static noinline void show_heap(void) {
  char *object = kmalloc(64, GFP_KERNEL);
  unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, 3, 0x22, 0);
  if (copy_to_user((void __user *)at, hidden(object), hidden_number(200))) pr_info("no\n");
}

static noinline void take_heap(void) {
  char *object = kmalloc(64, GFP_KERNEL);
  unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, 3, 0x22, 0);
  if (copy_from_user(hidden(object + 32), (void __user *)at, hidden_number(64))) pr_info("no\n");
}

static noinline void show_code(void) {
  unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, 3, 0x22, 0);
  if (copy_to_user((void __user *)at, hidden((void *)panic), hidden_number(64))) pr_info("no\n");
}

static noinline void show_stack(void) {
  char room[32];
  unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, 3, 0x22, 0);
  if (copy_to_user((void __user *)at, hidden(room), hidden_number(THREAD_SIZE))) pr_info("no\n");
}

static noinline void show_area(void) {
  char *area = vmalloc(4096);
  unsigned long at = vm_mmap(NULL, 0, 4 * PAGE_SIZE, 3, 0x22, 0);
  if (copy_to_user((void __user *)at, hidden(area), hidden_number(8192))) pr_info("no\n");
}

const struct crash check_crashes[] = {
  {"bug", queue_is_broken},
  {"bug-on", length_is_wrong},
  {"warn-on", state_is_odd},
  {"warn", ring_is_full},
  {"warn-once", clock_went_back},
  {"warn-on-once", never_again},
  {"warn-taint", only_taint},
  {"panic", give_up},
  {"panic-named", give_up_by_name},
  {"says-bug", say_bug},
  {"trace", trace_only},
  {"refcount-freed", get_freed},
  {"refcount-saturated", get_too_often},
  {"refcount-underflow", put_too_often},
  {"refcount-leak", put_last},
  {"refcount-add", add_to_freed},
  {"stack-smash", smash},
  {"stack-end", overwrite_stack_end},
  {"fortify-memcpy", copy_too_much},
  {"fortify-strcat", append_too_much},
  {"usercopy-read", show_heap},
  {"usercopy-write", take_heap},
  {"usercopy-code", show_code},
  {"usercopy-stack", show_stack},
  {"usercopy-vmalloc", show_area},
  {},
};
