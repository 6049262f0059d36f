/*
 * Proves: a thousand forks and exits in a row, and a crowd of children at a time, each end with their own status and leave
 * nothing behind.
 * Spec: phases.md A1 (stress: rapid fork and exit).
 * System calls: clone, wait4, kill, nanosleep, clock_gettime, pipe2, read, write, sysinfo, exit_group.
 */
#include "samples.h"
#include "settled-memory.h"

enum { IN_A_ROW = 1000, CROWD = 100, ROUNDS = 5, TOLERANCE_KIB = 1024 };

/* How many of them ended with their own status. */
static long in_a_row(long count, long *samples) {
  long right = 0;
  for (long i = 0; i < count; i++) {
    int status = -1;
    long start = now_ns(), child = fork_child();
    if (child == 0) sys(SYS_exit_group, i % 251);
    right += child > 0 && sys(SYS_wait4, child, &status, 0, 0) == child && status == (int)(i % 251) << 8;
    samples[i] = now_ns() - start;
  }
  return right;
}

/* All live at a time: none ends before the last has begun. */
static long crowd(void) {
  static long children[CROWD];
  struct turn turn;
  long right = 0;
  make_turn(&turn);
  for (long i = 0; i < CROWD; i++) {
    children[i] = fork_child();
    if (children[i] != 0) continue;
    await_turn(&turn);
    sys(SYS_exit_group, i);
  }
  for (int i = 0; i < CROWD; i++) give_turn(&turn);
  for (long i = CROWD - 1; i >= 0; i--) right += reap(children[i]) == i << 8;
  sys(SYS_close, turn.ends[0]);
  sys(SYS_close, turn.ends[1]);
  return right;
}

PROBE("a1-churn") {
  static long samples[IN_A_ROW];
  long crowds = 0;
  in_a_row(100, samples);
  crowd();
  long before = free_kib();
  expect_equal("a1.churn.in-a-row", in_a_row(IN_A_ROW, samples), IN_A_ROW);
  for (int i = 0; i < ROUNDS; i++) crowds += crowd();
  expect_equal("a1.churn.crowds", crowds, ROUNDS * CROWD);
  expect_equal("a1.churn.none-left", sys(SYS_wait4, -1, 0, WNOHANG, 0), -ECHILD);
  long lost = before - settled_free_kib(before - TOLERANCE_KIB);
  expect_true("a1.churn.memory", before >= 0 && lost <= TOLERANCE_KIB, "at most 1024 KiB less free than before", lost);
  metric("churn_lost_kib", lost);
  metric_percentiles("fork_exit_wait_ns", samples, IN_A_ROW);
}
