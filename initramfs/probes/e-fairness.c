/*
 * Proves: four equal tasks on two CPUs get half of one each, within 20 %; of two tasks on one CPU the niced one gets less than half of what the
 * other gets, and is not starved; two that are niced alike share alike. By the CPU time that the kernel counts for them over 2 s of its own
 * clock, in virtual time.
 * Spec: phases.md E (fairness between equal and niced tasks); sched(7), setpriority(2).
 * System calls: sched_setaffinity, getcpu, setpriority, clock_gettime, mmap, pipe2, close, read, write, clone, wait4, kill, nanosleep, exit_group.
 */
#include "cpu-time.h"
#include "cpus.h"
#include "mapping.h"

#if defined(__aarch64__)
enum { SYS_setpriority = 140 };
#else
enum { SYS_setpriority = 141 };
#endif
enum { MOST_TASKS = 4, SPAN_MS = 2000, ANYWHERE = -1, NICED = 10 };

/* Shared with the tasks. */
static volatile struct {
  long until_ns;
  long used_us[MOST_TASKS];
} *notes;
static struct turn turn;

static int compute(long task, long cpu, long nice) {
  if (cpu != ANYWHERE && run_on(cpu) != 0) return 1;
  if (nice != 0 && sys(SYS_setpriority, 0, 0, nice) != 0) return 2;
  await_turn(&turn);
  long start = cpu_ns();
  while (now_ns() < notes->until_ns)
    for (volatile long i = 0; i < 2000; i++) {}
  notes->used_us[task] = (cpu_ns() - start) / 1000;
  return 0;
}

/* Tasks that compute side by side; false where one did not come to its end. */
static int share(long tasks, long cpu, const long nices[]) {
  long children[MOST_TASKS], ended = 0;
  make_turn(&turn);
  for (long i = 0; i < tasks; i++) {
    children[i] = fork_child();
    if (children[i] == 0) sys(SYS_exit_group, compute(i, cpu, nices[i]));
  }
  sleep_ms(50);
  notes->until_ns = now_ns() + SPAN_MS * 1000000l;
  for (long i = 0; i < tasks; i++) give_turn(&turn);
  for (long i = 0; i < tasks; i++) ended += reap(children[i]) == 0;
  sys(SYS_close, turn.ends[0]);
  sys(SYS_close, turn.ends[1]);
  return ended == tasks;
}

static long sum(long tasks) {
  long all = 0;
  for (long i = 0; i < tasks; i++) all += notes->used_us[i];
  return all;
}

/* By how many percent of the mean the share lies off that is farthest from it. */
static long farthest_percent(long tasks) {
  long mean = sum(tasks) / tasks, farthest = 0;
  for (long i = 0; i < tasks; i++) {
    long off = notes->used_us[i] > mean ? notes->used_us[i] - mean : mean - notes->used_us[i];
    if (off > farthest) farthest = off;
  }
  return mean > 0 ? (farthest * 100 + mean - 1) / mean : 100;
}

static void expect_even(const char *id, long tasks) {
  expect_true(id, farthest_percent(tasks) <= 20, "each within 20 % of the mean", farthest_percent(tasks));
}

PROBE("e-fairness") {
  static const long equal[MOST_TASKS] = {0, 0, 0, 0}, unlike[2] = {0, NICED}, alike[2] = {NICED, NICED};
  notes = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);

  expect_true("e.fairness.equal-ended", share(4, ANYWHERE, equal), "all four end with 0", 0);
  /* In virtual time a CPU's interrupts last as long as the other one's turn, and count for no task. */
  expect_true("e.fairness.both-cpus", sum(4) > 1400l * SPAN_MS, "more than 140 % of one CPU, in us", sum(4));
  expect_even("e.fairness.equal", 4);

  expect_true("e.fairness.unlike-ended", share(2, 1, unlike), "both end with 0", 0);
  long niced_percent = notes->used_us[0] > 0 ? notes->used_us[1] * 100 / notes->used_us[0] : 1000;
  expect_true("e.fairness.niced-less", niced_percent < 50, "less than 50 % of the other's", niced_percent);
  expect_true("e.fairness.niced-lives", niced_percent >= 1, "1 % of the other's or more", niced_percent);
  metric("niced_share_percent", niced_percent);

  expect_true("e.fairness.alike-ended", share(2, 1, alike), "both end with 0", 0);
  expect_even("e.fairness.alike", 2);
}
