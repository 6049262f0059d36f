// SPDX-License-Identifier: GPL-2.0
/* Clocks that run wrong, sleeps that are too short, calls that take ever longer. */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/time64.h>
#include "fault.h"

/* posix_get_monotonic_timespec(clock, result) */
static int keep_result(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = regs->regs[1];
  return 0;
}

static int halve_time(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct timespec64 *time = (struct timespec64 *)KEPT(instance)[0];
  *time = ns_to_timespec64(timespec64_to_ns(time) / 2);
  return 0;
}

/* 10 us at the 5,000th call, 40 us at the 10,000th. */
static int ever_slower(struct kprobe *probe, struct pt_regs *regs) {
  static atomic_t calls;
  unsigned long count = atomic_inc_return(&calls);
  ndelay(count * count / 2500);
  return 0;
}

/* hrtimer_nanosleep(nanoseconds, mode, clock) */
static int sleep_too_short(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[0] -= regs->regs[0] / 4;
  return 0;
}

static int goes_back(struct kretprobe_instance *instance, struct pt_regs *regs) {
  static atomic_t readings;
  struct timespec64 *time = (struct timespec64 *)KEPT(instance)[0];
  if (atomic_inc_return(&readings) % 64 == 0) *time = ns_to_timespec64(timespec64_to_ns(time) - NSEC_PER_MSEC);
  return 0;
}

const struct fault time_faults[] = {
  {"clock-goes-back", "posix_get_monotonic_timespec", .begin = keep_result, .end = goes_back},
  {"sleep-too-short", "hrtimer_nanosleep", .enter = sleep_too_short},
  {"clock-half-speed", "posix_get_monotonic_timespec", .begin = keep_result, .end = halve_time},
  {"sleep-returns-at-once", "hrtimer_nanosleep", .enter = answer_zero},
  {"getppid-ever-slower", "__arm64_sys_getppid", .enter = ever_slower},
  {},
};
