/*
 * Proves: four tasks that only compute, on one CPU, get a fourth of it each, within 20 %, by the CPU time that the kernel counts for them
 * over 3 s of its own clock.
 * Spec: phases.md A1 (stress: 4 CPU-bound tasks share fairly, each within 20 % of the mean, guest time).
 * System calls: sched_setaffinity, clock_gettime, mmap, pipe2, read, write, clone, wait4, kill, nanosleep, exit_group.
 */
#include "cpu-time.h"
#include "mapping.h"

enum { TASKS = 4, SPAN_MS = 3000, MS = 1000000, TOLERANCE_PERCENT = 20 };

/* Shared with the tasks. */
static volatile struct {
  long until_ns;
  long used_ns[TASKS];
} *notes;
static struct turn turn;

static void compute(long task) {
  await_turn(&turn);
  long start = cpu_ns();
  while (now_ns() < notes->until_ns)
    for (volatile long i = 0; i < 2000; i++) {}
  notes->used_ns[task] = cpu_ns() - start;
}

PROBE("a1-fairness") {
  unsigned long first_cpu = 1;
  notes = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  expect_equal("a1.fairness.pinned", sys(SYS_sched_setaffinity, 0, sizeof first_cpu, &first_cpu), 0);
  make_turn(&turn);
  long tasks[TASKS], ended = 0, sum = 0, least, most;
  for (long i = 0; i < TASKS; i++) {
    tasks[i] = fork_child();
    if (tasks[i] != 0) continue;
    compute(i);
    sys(SYS_exit_group, 0);
  }
  long start = now_ns();
  notes->until_ns = start + SPAN_MS * (long)MS;
  for (int i = 0; i < TASKS; i++) give_turn(&turn);
  for (int i = 0; i < TASKS; i++) ended += reap(tasks[i]) == 0;
  long elapsed = now_ns() - start;

  least = most = notes->used_ns[0];
  for (int i = 0; i < TASKS; i++) {
    long used = notes->used_ns[i];
    sum += used;
    if (used < least) least = used;
    if (used > most) most = used;
  }
  long mean = sum / TASKS;
  expect_equal("a1.fairness.ended", ended, TASKS);
  expect_true("a1.fairness.cpu-used", sum > SPAN_MS * (long)MS / 2, "more than half of 3 s of CPU time by all four", sum);
  expect_true("a1.fairness.cpu-possible", sum <= elapsed + 10 * MS, "no more CPU time than passed on the one CPU", sum);
  long divisor = mean > 0 ? mean : 1, least_percent = least * 100 / divisor, most_percent = most * 100 / divisor;
  expect_true("a1.fairness.least", least_percent >= 100 - TOLERANCE_PERCENT, "80 % of the mean or more", least_percent);
  expect_true("a1.fairness.most", most * 100 <= mean * (100 + TOLERANCE_PERCENT), "120 % of the mean or less", most_percent);
  metric("fair_share_mean_ns", mean);
  metric("fair_share_least_ns", least);
  metric("fair_share_most_ns", most);
}
