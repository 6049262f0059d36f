/*
 * Proves: on each CPU an interval timer and a POSIX timer go off as often as they should, by the kernel's clock, and neither runs away from it.
 * In virtual time, so that no host delays a ring.
 * Spec: phases.md E (itimer and POSIX timers on each CPU: drift bounded); setitimer(2), timer_create(2).
 * System calls: clock_gettime, sched_setaffinity, getcpu, setitimer, timer_create, timer_settime, timer_delete, rt_sigaction, kill, mmap, clone,
 * wait4, nanosleep, exit_group.
 */
#include "cpus.h"
#include "elapsed.h"
#include "signals.h"

#if defined(__aarch64__)
enum { SYS_timer_create = 107, SYS_timer_settime = 110, SYS_timer_delete = 111 };
#else
enum { SYS_timer_create = 222, SYS_timer_settime = 223, SYS_timer_delete = 226 };
#endif
enum { CPUS = 2, PERIOD_MS = 10, PERIODS = 50, EXPECTED_US = PERIOD_MS * PERIODS * 1000 };
/* A ring may be late by a tick of the slowest clock in use, 10 ms, but only once: the next one is due as if it had not been. */
enum { LATE_US = 10000, NEVER = -1 };

static volatile long rings;

static void count_ring(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  rings++;
}

/* Waits busily: a timer of an idle CPU would be another matter. */
static int ring_comes(long number) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; rings < number;)
    if (now_ns() > until) return 0;
  return 1;
}

/* Microseconds from the first ring to the one PERIODS later. */
static long time_periods(void) {
  if (!ring_comes(1)) return NEVER;
  long start = now_ns(), first = rings;
  return ring_comes(first + PERIODS) ? (now_ns() - start) / 1000 : NEVER;
}

static long interval_timer(void) {
  rings = 0;
  on_signal(SIGALRM, count_ring);
  set_alarm(PERIOD_MS * 1000, PERIOD_MS * 1000);
  long found = time_periods();
  set_alarm(0, 0);
  return found;
}

/* SIGEV_SIGNAL with SIGUSR1 (sigevent(7)). */
static long posix_timer(void) {
  struct { unsigned long value; int signal, notify; byte rest[48]; } event = {0, SIGUSR1, 0, {0}};
  struct timespec times[2] = {milliseconds(PERIOD_MS), milliseconds(PERIOD_MS)};
  int timer = -1;
  rings = 0;
  on_signal(SIGUSR1, count_ring);
  long error = sys(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
  if (error == 0) error = sys(SYS_timer_settime, timer, 0, times, 0);
  if (error != 0) return error;
  long found = time_periods();
  sys(SYS_timer_delete, timer);
  return found;
}

static void expect_period(const char *id, long took_us) {
  int is_right = took_us >= EXPECTED_US - LATE_US && took_us <= EXPECTED_US + LATE_US;
  expect_true(id, is_right, "50 periods of 10 ms in 500,000 us, 10,000 more or less", took_us);
}

PROBE("e-timers") {
  static const char *const interval_ids[CPUS] = {"e.timers.interval-0", "e.timers.interval-1"};
  static const char *const posix_ids[CPUS] = {"e.timers.posix-0", "e.timers.posix-1"};
  long there = 0;
  for (long cpu = 0; cpu < CPUS; cpu++) {
    there += run_on(cpu) == 0;
    expect_period(interval_ids[cpu], interval_timer());
    expect_period(posix_ids[cpu], posix_timer());
  }
  expect_equal("e.timers.there", there, CPUS);
}
