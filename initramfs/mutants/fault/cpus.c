// SPDX-License-Identifier: GPL-2.0
/* CPUs that do not hear of each other, tasks that are where they should not be, time that is shared or counted wrong. */
#include <asm/insn.h>
#include <linux/delay.h>
#include <linux/smp.h>
#include <linux/time64.h>
#include "fault.h"

/* The address of a function that modules may not call. */
static void *address_of(const char *symbol) {
  struct kprobe probe = {.symbol_name = symbol};
  void *address;
  if (register_kprobe(&probe)) return NULL;
  address = probe.addr;
  unregister_kprobe(&probe);
  return address;
}

/* TLBI VALE1IS, Xt and TLBI VALE1, Xt: of a page's last level, on every CPU, and on this one alone (Arm ARM C5.5). */
enum { EVERY_CPU = 0xd50883a0, THIS_CPU = 0xd50887a0, BUT_REGISTER = ~31 };

static void flush_this_cpu_only(void) {
  unsigned long (*look_up)(const char *name) = address_of("kallsyms_lookup_name");
  int (*patch)(void *address, u32 instruction) = look_up ? (void *)look_up("aarch64_insn_patch_text_nosync") : NULL;
  u32 *from = look_up ? (u32 *)look_up("_stext") : NULL, *to = look_up ? (u32 *)look_up("_etext") : NULL;
  int patched = 0;
  if (!patch || !from || !to) panic("mutant: the kernel's text was not found");
  for (; from < to; from++)
    if ((*from & BUT_REGISTER) == EVERY_CPU && patch(from, THIS_CPU | (*from & 31)) == 0) patched++;
  if (!patched) panic("mutant: the kernel flushes no page's translation");
}

/* sched_setaffinity(process, ..) */
static int others_stay(struct kprobe *probe, struct pt_regs *regs) {
  pid_t process = regs->regs[0];
  return process == 0 || process == current->pid ? 0 : answer(regs, 0);
}

/* select_task_rq_fair(task, previous, flags) */
static int first_cpu(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 0);
}

/* set_user_nice(task, nice) */
static int turned_round(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[1] = -regs->regs[1];
  return 0;
}

/* futex_wake(address, flags, count, bits): one in a thousand wakes nobody. */
static int wake_nobody_at_times(struct kprobe *probe, struct pt_regs *regs) {
  static atomic_t calls;
  return atomic_inc_return(&calls) % 1000 == 0 ? answer(regs, 1) : 0;
}

/* posix_get_monotonic_timespec(clock, result) */
static int keep_result(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = regs->regs[1];
  return 0;
}

/* Each CPU is 5 ms behind the one before. */
static int own_time(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct timespec64 *time = (struct timespec64 *)KEPT(instance)[0];
  *time = ns_to_timespec64(timespec64_to_ns(time) - 5 * NSEC_PER_MSEC * raw_smp_processor_id());
  return 0;
}

/* hrtimer_forward(timer, now, interval): the kernel's own ticks are another's business. */
static int five_percent_longer(struct kprobe *probe, struct pt_regs *regs) {
  if (strcmp(current->comm, "e-timers") == 0 && regs->regs[2] == 10 * NSEC_PER_MSEC) regs->regs[2] += regs->regs[2] / 20;
  return 0;
}

/* 20,000 turns of an empty loop, in a probe that takes figures. */
static int dawdle(struct kprobe *probe, struct pt_regs *regs) {
  volatile int turns;
  if (strncmp(current->comm, "e-", 2) == 0)
    for (turns = 0; turns < 20000; turns++) {}
  return 0;
}

/* 8 KiB at each call, for good. */
static int lose_two_pages(struct kprobe *probe, struct pt_regs *regs) {
  (void)__get_free_pages(GFP_NOWAIT | __GFP_NOWARN, 1);
  return 0;
}

const struct fault cpu_faults[] = {
  {"shootdown-one-cpu", .once = flush_this_cpu_only},
  {"affinity-of-others-nothing", "sched_setaffinity", .enter = others_stay},
  {"all-on-first-cpu", "select_task_rq_fair", .enter = first_cpu},
  {"all-on-first-cpu", "load_balance", .enter = answer_zero},
  {"nice-nothing", "set_user_nice", .enter = answer_zero},
  {"nice-turned-round", "set_user_nice", .enter = turned_round},
  {"wake-ups-lost", "futex_wake", .enter = wake_nobody_at_times},
  {"clock-of-each-cpu", "posix_get_monotonic_timespec", .begin = keep_result, .end = own_time},
  {"timers-late", "hrtimer_forward", .enter = five_percent_longer},
  {"cpu-stays-off", "cpu_subsys_online", .enter = answer_zero},
  {"affinity-leaks", "sched_setaffinity", .enter = lose_two_pages},
  {"calls-slow", "__arm64_sys_getpid", .enter = dawdle},
  {"faults-slow", "handle_mm_fault", .enter = dawdle},
  {"wakes-slow", "try_to_wake_up", .enter = dawdle},
  {"forks-slow", "kernel_clone", .enter = dawdle},
  {},
};
