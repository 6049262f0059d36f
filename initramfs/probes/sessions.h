/*
 * A session on a terminal of its own: its leader is a child that has the slave as controlling terminal. What the session's processes find out they
 * leave in memory that all share, and the probe itself types at the master and reports.
 */
#pragma once

#include "mapping.h"
#include "terminals.h"

/* Values that any process of the probe may set and any other waits for. */
static volatile long *board;

static inline void make_board(void) {
  board = (volatile long *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* Waits until a value of the board is what it should be; gives the value that it then has. */
static inline long becomes(int index, long value) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; board[index] != value && now_ns() < until;) sleep_ms(1);
  return board[index];
}

/* Runs `body` as leader of a new session whose controlling terminal is the pair's slave; what it returns is its exit status. */
static inline long lead_session(const struct pair *pair, int (*body)(void)) {
  long leader = fork_child();
  if (leader != 0) return leader;
  close_file(pair->master);
  if (sys(SYS_setsid) < 0 || sys(SYS_ioctl, pair->slave, TIOCSCTTY, 0) != 0) sys(SYS_exit_group, 99);
  sys(SYS_exit_group, body());
  __builtin_unreachable();
}

static inline long foreground_of(long terminal) {
  int group = -1;
  long answer = sys(SYS_ioctl, terminal, TIOCGPGRP, &group);
  return answer == 0 ? group : answer;
}

static inline long set_foreground(long terminal, long group) {
  int value = (int)group;
  return sys(SYS_ioctl, terminal, TIOCSPGRP, &value);
}

/* Forks a child into process group `group`, 0 for one of its own, that runs `body`. Both set it: either may be first. */
static inline long fork_into(long group, int (*body)(void)) {
  long child = fork_child();
  if (child == 0) {
    sys(SYS_setpgid, 0, group);
    sys(SYS_exit_group, body());
  }
  sys(SYS_setpgid, child, group);
  return child;
}

/* What wait4 says of a child next, its stops included, or 0 where nothing happens to it. */
static inline long next_status(long child) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; now_ns() < until; sleep_ms(1)) {
    int status = 0;
    long waited = sys(SYS_wait4, child, &status, WNOHANG | WUNTRACED | WCONTINUED, 0);
    if (waited != 0) return waited == child ? status : waited;
  }
  return 0;
}

/* Statuses as wait4(2) has them. */
enum { CONTINUED = 0xffff };
static inline long stopped_by(int signal) {
  return signal << 8 | 0x7f;
}

static inline int sleep_long(void) {
  sleep_ms(PATIENCE_MS * 3);
  return 0;
}
