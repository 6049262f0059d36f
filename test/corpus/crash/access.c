// SPDX-License-Identifier: GPL-2.0
/* Accesses and instructions that the processor refuses. */
#include <linux/io.h>
#include <linux/mman.h>
#include <linux/vmalloc.h>
#include "crash.h"

struct packet {
  char header[0x58];
  int length;
  struct packet *next;
};

static noinline void read_nothing(void) {
  READ_ONCE(*(int *)hidden(NULL));
}

static noinline void write_nothing(void) {
  WRITE_ONCE(*(int *)hidden(NULL), 7);
}

static noinline int packet_length(struct packet *packet) {
  return READ_ONCE(packet->length);
}

static noinline void read_field(void) {
  packet_length(hidden(NULL));
  STAY();
}

static noinline void chain_packets(void) {
  struct packet first = {.next = NULL};
  struct packet *at = hidden(&first);
  WRITE_ONCE(READ_ONCE(at->next)->next, at);
}

static noinline void call_nothing(void) {
  void (*function)(void) = hidden(NULL);
  function();
  STAY();
}

static noinline void measure_nothing(void) {
  const char *text = hidden(NULL);
  pr_info("%zu\n", strlen(text));
}

static noinline void copy_nothing(void) {
  static char room[512];
  memcpy(room, hidden(NULL), hidden_number(300));
  STAY();
}

static noinline void compare_freed_name(void) {
  const char *name = hidden((void *)0xdead000000000122);
  if (strcmp(name, "eth0") == 0) pr_info("equal\n");
}

static noinline void read_poison(void) {
  READ_ONCE(*(int *)hidden((void *)0xdead000000000100));
}

static noinline void read_freed_area(void) {
  int *area = vmalloc(8192);
  vfree(area);
  READ_ONCE(*(int *)hidden(area));
}

static noinline void write_past_area(void) {
  char *area = vmalloc(4096);
  WRITE_ONCE(*(char *)hidden(area + 4096 + 16), 1);
}

static noinline void read_user_memory(void) {
  unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, 0);
  READ_ONCE(*(int *)hidden((void *)at));
}

static noinline void read_unmapped_user_memory(void) {
  READ_ONCE(*(int *)hidden((void *)0x12345000));
}

static noinline void run_user_memory(void) {
  unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, 0);
  ((void (*)(void))hidden((void *)at))();
  STAY();
}

static const unsigned int constants[16] = {1, 2, 3};

static noinline void write_constant(void) {
  WRITE_ONCE(*(unsigned int *)hidden((void *)constants), 9);
}

static noinline void write_code(void) {
  WRITE_ONCE(*(unsigned int *)hidden((void *)read_nothing), 0);
}

static unsigned int numbers[16];

static noinline void run_data(void) {
  ((void (*)(void))hidden(numbers))();
  STAY();
}

static noinline void run_heap(void) {
  ((void (*)(void))hidden(kzalloc(64, GFP_KERNEL)))();
  STAY();
}

static noinline void jump_away(void) {
  ((void (*)(void))hidden((void *)0xffff900012345678))();
  STAY();
}

static noinline void read_hole(void) {
  void __iomem *device = ioremap(0x0e000000, 4096);
  pr_info("%x\n", readl(device));
}

static noinline void undefined_instruction(void) {
#ifdef CONFIG_ARM64
  asm volatile("udf #7");
#else
  asm volatile("ud2");
#endif
}

static noinline void unknown_breakpoint(void) {
#ifdef CONFIG_ARM64
  asm volatile("brk #0x1234");
#else
  asm volatile("int3");
#endif
}

static noinline void forbidden_register(void) {
#ifdef CONFIG_ARM64
  asm volatile("mrs x0, s3_7_c15_c2_0" ::: "x0");
#else
  asm volatile("mov %0, %%cr4" ::"r"(~0ul));
#endif
}

static noinline void unaligned_atomic(void) {
  static char room[64] __aligned(64);
#ifdef CONFIG_ARM64
  asm volatile("ldaxr x0, [%0]" ::"r"(hidden(room + 1)) : "x0", "memory");
#else
  asm volatile("movaps (%0), %%xmm0" ::"r"(hidden(room + 1)) : "memory");
#endif
}

static noinline void divide_by_nothing(void) {
#ifdef CONFIG_X86
  asm volatile("xor %%edx, %%edx; mov $7, %%eax; div %0" ::"r"((unsigned int)hidden_number(0)) : "eax", "edx");
#endif
}

static noinline void strange_pointer(void) {
  READ_ONCE(*(long *)hidden((void *)0x6b6b6b6b6b6b6b6b));
}

static noinline unsigned long descend(unsigned long depth) {
  unsigned long room[64];
  room[depth % 64] = depth;
  STAY();
  return depth == ~0ul ? 0 : descend(depth + 1) + READ_ONCE(room[depth % 64]);
}

static noinline void overflow_stack(void) {
  pr_info("%lu\n", descend(hidden_number(0)));
}

static noinline void lose_stack(void) {
#ifdef CONFIG_ARM64
  asm volatile("mov sp, %0; str x0, [sp, #-16]!" ::"r"(hidden((void *)0x40)));
#else
  asm volatile("mov %0, %%rsp; push %%rax" ::"r"(hidden((void *)0x40)));
#endif
}

const struct crash access_crashes[] = {
  {"null-read", read_nothing},
  {"null-write", write_nothing},
  {"null-field", read_field},
  {"null-next", chain_packets},
  {"null-call", call_nothing},
  {"null-strlen", measure_nothing},
  {"null-memcpy", copy_nothing},
  {"poison-strcmp", compare_freed_name},
  {"poison-read", read_poison},
  {"vmalloc-freed", read_freed_area},
  {"vmalloc-past", write_past_area},
  {"user-read", read_user_memory},
  {"user-unmapped", read_unmapped_user_memory},
  {"user-exec", run_user_memory},
  {"rodata-write", write_constant},
  {"code-write", write_code},
  {"data-exec", run_data},
  {"heap-exec", run_heap},
  {"wild-jump", jump_away},
  {"device-hole", read_hole},
  {"undefined", undefined_instruction},
  {"breakpoint", unknown_breakpoint},
  {"register", forbidden_register},
  {"unaligned", unaligned_atomic},
  {"divide", divide_by_nothing},
  {"noncanonical", strange_pointer},
  {"stack-overflow", overflow_stack},
  {"stack-lost", lose_stack},
  {},
};
