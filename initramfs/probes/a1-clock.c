/*
 * Proves: clock_gettime's monotonic clock never goes back, not even from one process to the next, and advances as the clock of the day
 * does; a process's CPU time counts what it used, not what it slept.
 * Spec: phases.md A1 (clock_gettime monotonic); clock_getres(2).
 * System calls: clock_gettime, clock_getres, nanosleep, mmap, clone, wait4, kill, exit_group.
 */
#include "mapping.h"
#include "samples.h"

enum { CLOCK_REALTIME = 0, CLOCK_PROCESS_CPUTIME_ID = 2, NO_CLOCK = 99, READS = 10000, TURNS = 100, MS = 1000000, KERNEL_PAGE = -PAGE };

static long odd_nanoseconds;

static long read_clock(long clock) {
  struct timespec now = {-1, -1};
  long answer = sys(SYS_clock_gettime, clock, &now);
  odd_nanoseconds += now.nanoseconds < 0 || now.nanoseconds >= 1000000000;
  return answer < 0 ? answer : now.seconds * 1000000000 + now.nanoseconds;
}

static void many_reads(void) {
  static long steps[READS];
  long back = 0, changes = 0, last = read_clock(CLOCK_MONOTONIC);
  for (int i = 0; i < READS; i++) {
    long now = read_clock(CLOCK_MONOTONIC);
    back += now < last;
    changes += now != last;
    steps[i] = now - last;
    last = now;
  }
  expect_equal("a1.clock.never-back", back, 0);
  expect_true("a1.clock.advances", changes > 1, "more values than one, of 10000", changes);
  expect_equal("a1.clock.nanoseconds", odd_nanoseconds, 0);
  metric_percentiles("clock_gettime_ns", steps, READS);
}

/* Two processes read by turns, each after the other. */
static void between_processes(void) {
  volatile long *latest = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  struct turn to_child, to_parent;
  make_turn(&to_child);
  make_turn(&to_parent);
  long child = fork_child(), back = 0;
  if (child == 0) {
    for (int i = 0; i < TURNS; i++) {
      await_turn(&to_child);
      long now = read_clock(CLOCK_MONOTONIC);
      back += now < *latest;
      *latest = now;
      give_turn(&to_parent);
    }
    sys(SYS_exit_group, back > 0);
  }
  for (int i = 0; i < TURNS; i++) {
    long now = read_clock(CLOCK_MONOTONIC);
    back += now < *latest;
    *latest = now;
    give_turn(&to_child);
    await_turn(&to_parent);
  }
  expect_equal("a1.clock.never-back-elsewhere", reap(child) | back, 0);
}

/* Each reading of one clock lies between two of the other, so that a pause between readings can't make them disagree. */
static void beside_the_day(void) {
  long before_first = read_clock(CLOCK_MONOTONIC), first = read_clock(CLOCK_REALTIME), after_first = read_clock(CLOCK_MONOTONIC);
  sleep_ms(300);
  long before_last = read_clock(CLOCK_MONOTONIC), last = read_clock(CLOCK_REALTIME), after_last = read_clock(CLOCK_MONOTONIC);
  long least = before_last - after_first, most = after_last - before_first, elapsed = last - first;
  expect_true("a1.clock.sleep-counted", least >= 0 && most >= 300 * MS, "300 ms or more", most);
  int agree = elapsed >= least - MS && elapsed <= most + MS;
  expect_true("a1.clock.beside-the-day", agree, "as much as the monotonic clock within 1 ms", elapsed - least);
}

static void cpu_time(void) {
  long start = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  sleep_ms(200);
  long slept = read_clock(CLOCK_PROCESS_CPUTIME_ID) - start;
  expect_true("a1.clock.cpu-asleep", slept >= 0 && slept < 100 * MS, "less than 100 ms of CPU time for a sleep of 200 ms", slept);
  long began = now_ns();
  start = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  while (now_ns() - began < 200 * MS) {}
  long used = read_clock(CLOCK_PROCESS_CPUTIME_ID) - start, elapsed = now_ns() - began;
  int counted = used > 20 * MS && used <= elapsed + MS;
  expect_true("a1.clock.cpu-busy", counted, "more than 20 ms of CPU time for 200 busy ms, and no more than passed", used);
}

PROBE("a1-clock") {
  many_reads();
  between_processes();
  beside_the_day();
  cpu_time();
  struct timespec resolution = {-1, -1};
  expect_equal("a1.clock.getres", sys(SYS_clock_getres, CLOCK_MONOTONIC, &resolution), 0);
  int fine = resolution.seconds == 0 && resolution.nanoseconds >= 1 && resolution.nanoseconds <= 10 * MS;
  expect_true("a1.clock.resolution", fine, "between 1 ns and 10 ms", resolution.nanoseconds);
  expect_equal("a1.clock.unknown", read_clock(NO_CLOCK), -EINVAL);
  expect_equal("a1.clock.bad-pointer", sys(SYS_clock_gettime, CLOCK_MONOTONIC, KERNEL_PAGE), -EFAULT);
}
