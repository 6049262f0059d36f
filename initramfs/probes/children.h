/*
 * Children of a probe, pipes to take turns with them, and waits that give up: what never ends is a failed result, not a probe
 * that hangs.
 */
#pragma once

#include "probe.h"

enum { WNOHANG = 1, STILL_RUNNING = -1000, PATIENCE_MS = 10000 };

static inline long now_ns(void) {
  struct timespec now = {0, 0};
  sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.seconds * 1000000000 + now.nanoseconds;
}

static inline void sleep_ms(long ms) {
  struct timespec duration = {ms / 1000, ms % 1000 * 1000000};
  while (sys(SYS_nanosleep, &duration, &duration) == -EINTR) {}
}

/* The child's status as wait4(2) gives it, or its error; a child that does not end in time is killed: STILL_RUNNING. */
static inline long reap(long child) {
  if (child < 0) return child;
  for (long until = now_ns() + PATIENCE_MS * 1000000l; now_ns() < until; sleep_ms(1)) {
    int status = -1;
    long waited = sys(SYS_wait4, child, &status, WNOHANG, 0);
    if (waited != 0) return waited == child ? status : waited;
  }
  sys(SYS_kill, child, SIGKILL);
  sys(SYS_wait4, child, 0, 0, 0);
  return STILL_RUNNING;
}

/* Runs `body` in a child and gives the child's status; what `body` returns is its exit status. */
static inline long status_of(int (*body)(void)) {
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, body());
  return reap(child);
}

/* A pipe on which one process waits until another gives it its turn. */
struct turn {
  int ends[2];
};

static inline long make_turn(struct turn *turn) {
  return sys(SYS_pipe2, turn->ends, 0);
}

static inline void give_turn(const struct turn *turn) {
  sys(SYS_write, turn->ends[1], "t", 1);
}

static inline void await_turn(const struct turn *turn) {
  byte token;
  while (sys(SYS_read, turn->ends[0], &token, 1) == -EINTR) {}
}
