/*
 * Proves: a program whose parent ends gets PID 1 for a parent, alive or already a zombie, and PID 1 reaps it.
 * Spec: phases.md A1 (orphans go to PID 1); wait(2), NOTES.
 * System calls: clone, wait4, exit_group, getpid, getppid, kill, pipe2, read, write, close, nanosleep, clock_gettime.
 */
#include "signals.h"

enum { ORPHANS = 20 };

struct orphan {
  long pid, parent;
};

/* Waits until its parent is another one than `parent`, or patience is at its end. */
static long new_parent(long parent) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; sys(SYS_getppid) == parent && now_ns() < until;) sleep_ms(1);
  return sys(SYS_getppid);
}

/* A child that starts orphans, each of which tells who its new parent is, and ends. */
static void start_orphans(const int *pipe_ends, int count) {
  long middle = fork_child();
  if (middle == 0) {
    long parent = sys(SYS_getpid);
    for (int i = 0; i < count; i++) {
      if (fork_child() != 0) continue;
      struct orphan told = {sys(SYS_getpid), new_parent(parent)};
      sys(SYS_write, pipe_ends[1], &told, sizeof told);
      sys(SYS_exit_group, 0);
    }
    sys(SYS_exit_group, 0);
  }
  reap(middle);
}

/* A child that ends with a zombie of its own. */
static void start_zombie(const int *pipe_ends) {
  long middle = fork_child();
  if (middle == 0) {
    struct orphan told = {fork_child(), 0};
    if (told.pid == 0) sys(SYS_exit_group, 0);
    sleep_ms(50);
    sys(SYS_write, pipe_ends[1], &told, sizeof told);
    sys(SYS_exit_group, 0);
  }
  reap(middle);
}

/* A zombie can still be sent signal 0; nobody is left only when PID 1 has reaped it. */
static long answer_when_reaped(long pid) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; send(pid, 0) == 0 && now_ns() < until;) sleep_ms(1);
  return send(pid, 0);
}

PROBE("a1-orphans") {
  int pipe_ends[2];
  struct orphan orphans[ORPHANS] = {{0, 0}};
  expect_equal("a1.orphans.pipe", sys(SYS_pipe2, pipe_ends, 0), 0);
  start_orphans(pipe_ends, ORPHANS);

  long parents = 1, left = 0;
  for (int i = 0; i < ORPHANS; i++) {
    sys(SYS_read, pipe_ends[0], &orphans[i], sizeof *orphans);
    if (orphans[i].parent != 1) parents = orphans[i].parent;
  }
  expect_equal("a1.orphans.new-parent", parents, 1);
  expect_equal("a1.orphans.not-ours", sys(SYS_wait4, orphans[0].pid, 0, WNOHANG, 0), -ECHILD);

  long start = now_ns();
  for (int i = 0; i < ORPHANS && left == 0; i++) left = answer_when_reaped(orphans[i].pid) == -ESRCH ? 0 : orphans[i].pid;
  expect_true("a1.orphans.reaped", left == 0, "no process left, 0, not the id of one", left);
  metric("orphans_reaped_ns", now_ns() - start);

  struct orphan zombie = {0, 0};
  start_zombie(pipe_ends);
  sys(SYS_read, pipe_ends[0], &zombie, sizeof zombie);
  expect_equal("a1.orphans.zombie-reaped", answer_when_reaped(zombie.pid), -ESRCH);
}
