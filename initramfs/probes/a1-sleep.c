/*
 * Proves: nanosleep never ends early and not grossly late, uses no CPU time, lets others run, and refuses what is no duration.
 * Spec: phases.md A1 (nanosleep); nanosleep(2).
 * System calls: nanosleep, clock_gettime, mmap, clone, wait4, kill, exit_group.
 */
#include "elapsed.h"
#include "mapping.h"
#include "samples.h"

enum { SAMPLES = 100, CLOCK_PROCESS_CPUTIME_ID = 2, KERNEL_PAGE = -PAGE };

static long sleep_for(long seconds, long nanoseconds) {
  struct timespec duration = {seconds, nanoseconds};
  return sys(SYS_nanosleep, &duration, 0);
}

static long cpu_ns(void) {
  struct timespec used = {0, 0};
  sys(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.seconds * 1000000000 + used.nanoseconds;
}

static void expect_slept(const char *answer_id, const char *elapsed_id, long ms) {
  long start = now_ns();
  expect_equal(answer_id, sleep_for(ms / 1000, ms % 1000 * 1000000), 0);
  expect_elapsed(elapsed_id, start, ms);
}

static void short_sleeps(void) {
  static long over[SAMPLES];
  long early = 0;
  for (int i = 0; i < SAMPLES; i++) {
    long start = now_ns();
    sleep_for(0, 1000000);
    over[i] = now_ns() - start - 1000000;
    early += over[i] < 0;
  }
  expect_equal("a1.sleep.never-early", early, 0);
  metric_percentiles("nanosleep_1ms_late_ns", over, SAMPLES);
}

static void cpu_time(void) {
  long used = cpu_ns();
  sleep_for(0, 300000000);
  used = cpu_ns() - used;
  expect_true("a1.sleep.no-cpu-time", used >= 0 && used < 100000000, "less than 100 ms of CPU time for a sleep of 300 ms", used);
}

/* While one sleeps, another has the CPU. */
static void others_run(void) {
  volatile long *counter = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  long child = fork_child();
  if (child == 0)
    for (;;) ++*counter;
  sleep_ms(50);
  long before = *counter;
  sleep_for(0, 200000000);
  long counted = *counter - before;
  sys(SYS_kill, child, SIGKILL);
  sys(SYS_wait4, child, 0, 0, 0);
  expect_true("a1.sleep.others-run", counted > 0, "a count that goes on meanwhile", counted);
}

PROBE("a1-sleep") {
  expect_slept("a1.sleep.nothing", "a1.sleep.nothing-elapsed", 0);
  expect_slept("a1.sleep.10-ms", "a1.sleep.10-ms-elapsed", 10);
  expect_slept("a1.sleep.100-ms", "a1.sleep.100-ms-elapsed", 100);
  expect_slept("a1.sleep.1100-ms", "a1.sleep.1100-ms-elapsed", 1100);
  short_sleeps();
  cpu_time();
  others_run();
  expect_equal("a1.sleep.nanoseconds-too-many", sleep_for(0, 1000000000), -EINVAL);
  expect_equal("a1.sleep.nanoseconds-negative", sleep_for(0, -1), -EINVAL);
  expect_equal("a1.sleep.seconds-negative", sleep_for(-1, 0), -EINVAL);
  expect_equal("a1.sleep.bad-pointer", sys(SYS_nanosleep, KERNEL_PAGE, 0), -EFAULT);
}
