/*
 * Proves: setsid makes a session without a terminal; its leader takes one by TIOCSCTTY or by opening it, nobody else; the leader
 * says which group is in the foreground; the terminal's end sends SIGHUP and SIGCONT to the session's leader and foreground group.
 * Spec: phases.md A2 (setsid, TIOCSCTTY, tcsetpgrp, SIGHUP to the session on close); setsid(2), ioctl_tty(2), credentials(7).
 * System calls: openat, close, ioctl, setsid, getsid, setpgid, getpgid, mmap, clone, wait4, kill, rt_sigaction, nanosleep, clock_gettime, exit_group.
 */
#include "sessions.h"

enum { READY, SIGNALS, MEMBER_SIGNALS, OTHER_SIGNALS, GROUP, LEADER_THERE, MEMBER_THERE, OTHER_THERE, LEADER_GOES, ALL_GO };

static struct pair pair;

static long try_terminal(void) {
  long descriptor = open_file("/dev/tty", O_RDWR);
  close_file(descriptor);
  return descriptor < 0 ? descriptor : 0;
}

/* Each step's answer goes onto the board; the probe holds them against what they should be. */
static int take_terminal(void) {
  long self = sys(SYS_getpid);
  board[0] = sys(SYS_setsid) == self;
  board[1] = sys(SYS_getsid, 0) == self && sys(SYS_getpgid, 0) == self;
  board[2] = try_terminal();
  board[3] = sys(SYS_setsid);
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, sys(SYS_ioctl, pair.slave, TIOCSCTTY, 0) == -EPERM ? 0 : 1);
  board[4] = reap(child);
  close_file(open_slave(pair.number, O_NOCTTY));
  board[5] = try_terminal();
  board[6] = sys(SYS_ioctl, pair.slave, TIOCSCTTY, 0);
  board[7] = try_terminal();
  int session = 0;
  board[8] = sys(SYS_ioctl, pair.slave, TIOCGSID, &session) == 0 && session == self;
  board[9] = foreground_of(pair.slave) == self;
  child = fork_child();
  if (child == 0) sys(SYS_exit_group, try_terminal() == 0 && sys(SYS_getsid, 0) == self ? 0 : 1);
  board[10] = reap(child);
  child = fork_child();
  if (child == 0) sys(SYS_exit_group, sys(SYS_setsid) == sys(SYS_getpid) && try_terminal() == -ENXIO ? 0 : 1);
  board[11] = reap(child);
  board[12] = set_foreground(pair.slave, 999999);
  long other = fork_into(0, sleep_long);
  board[13] = set_foreground(pair.slave, other) == 0 && foreground_of(pair.slave) == other;
  send(other, SIGKILL);
  reap(other);
  on_signal(SIGTTOU, IGNORED);
  set_foreground(pair.slave, self);
  on_signal(SIGHUP, IGNORED);
  board[14] = sys(SYS_ioctl, pair.slave, TIOCNOTTY);
  board[15] = try_terminal();
  return 0;
}

static int take_by_opening(void) {
  sys(SYS_setsid);
  long descriptor = open_slave(pair.number, 0);
  board[0] = descriptor >= 0 ? try_terminal() : descriptor;
  return 0;
}

static int take_anothers(void) {
  sys(SYS_setsid);
  board[0] = sys(SYS_ioctl, pair.slave, TIOCSCTTY, 0);
  return 0;
}

static int hold_terminal(void) {
  board[READY] = 1;
  becomes(READY, 2);
  return 0;
}

static void taking(void) {
  expect_equal("a2.session.taker", status_of(take_terminal), 0);
  expect_equal("a2.session.setsid", board[0], 1);
  expect_equal("a2.session.own-session-and-group", board[1], 1);
  expect_equal("a2.session.without-terminal", board[2], -ENXIO);
  expect_equal("a2.session.leader-again", board[3], -EPERM);
  expect_equal("a2.session.not-the-leader", board[4], 0);
  expect_equal("a2.session.opened-noctty", board[5], -ENXIO);
  expect_equal("a2.session.take", board[6], 0);
  expect_equal("a2.session.dev-tty", board[7], 0);
  expect_equal("a2.session.terminals-session", board[8], 1);
  expect_equal("a2.session.foreground-at-first", board[9], 1);
  expect_equal("a2.session.child-has-it", board[10], 0);
  expect_equal("a2.session.new-session-has-not", board[11], 0);
  expect_true("a2.session.foreground-of-no-group", board[12] == -ESRCH || board[12] == -EPERM, "-ESRCH or -EPERM", board[12]);
  expect_equal("a2.session.foreground-set", board[13], 1);
  expect_equal("a2.session.given-up", board[14], 0);
  expect_equal("a2.session.given-up-without", board[15], -ENXIO);
  expect_equal("a2.session.opener", status_of(take_by_opening), 0);
  expect_equal("a2.session.taken-by-opening", board[0], 0);

  board[READY] = 0;
  long holder = lead_session(&pair, hold_terminal);
  becomes(READY, 1);
  expect_equal("a2.session.thief", status_of(take_anothers), 0);
  expect_equal("a2.session.not-anothers", board[0], -EPERM);
  board[READY] = 2;
  expect_equal("a2.session.holder", reap(holder), 0);
}

static void note_leader(int signal, struct signal_information *information, void *context) {
  (void)information, (void)context;
  board[SIGNALS] |= 1l << signal;
}

static void note_member(int signal, struct signal_information *information, void *context) {
  (void)information, (void)context;
  board[MEMBER_SIGNALS] |= 1l << signal;
}

static void note_other(int signal, struct signal_information *information, void *context) {
  (void)information, (void)context;
  board[OTHER_SIGNALS] |= 1l << signal;
}

static int wait_for_end(handler *note, int there, int end) {
  on_signal(SIGHUP, note);
  on_signal(SIGCONT, note);
  board[there] = 1;
  return becomes(end, 1) == 1 ? 0 : 1;
}

static int member(void) {
  return wait_for_end(note_member, MEMBER_THERE, ALL_GO);
}

static int other(void) {
  return wait_for_end(note_other, OTHER_THERE, ALL_GO);
}

/* A group in the foreground, one in the background, and a leader, which all live on without their terminal. */
static int lose_terminal(void) {
  long front = fork_into(0, member);
  fork_into(0, other);
  on_signal(SIGTTOU, IGNORED);
  set_foreground(pair.slave, front);
  return wait_for_end(note_leader, LEADER_THERE, LEADER_GOES);
}

static void losing(void) {
  long both = 1l << SIGHUP | 1l << SIGCONT;
  for (int i = 0; i <= ALL_GO; i++) board[i] = 0;
  long leader = lead_session(&pair, lose_terminal);
  expect_equal("a2.session.all-there", becomes(LEADER_THERE, 1) + becomes(MEMBER_THERE, 1) + becomes(OTHER_THERE, 1), 3);
  close_file(pair.slave);
  close_file(pair.master);
  becomes(SIGNALS, both);
  expect_equal("a2.session.hang-up-to-leader", board[SIGNALS], both);
  board[LEADER_GOES] = 1;
  expect_equal("a2.session.leader-lived-on", reap(leader), 0);
  /* POSIX has the leader's end tell the foreground group, "Terminal Device Control". */
  becomes(MEMBER_SIGNALS, both);
  expect_equal("a2.session.hang-up-to-foreground", board[MEMBER_SIGNALS], both);
  expect_equal("a2.session.not-to-background", board[OTHER_SIGNALS], 0);
  board[ALL_GO] = 1;
}

static int sleep_in_front(void) {
  on_signal(SIGTTOU, IGNORED);
  long front = fork_into(0, sleep_long);
  set_foreground(pair.slave, front);
  board[GROUP] = front;
  return 0;
}

/* The session's end, its terminal still open. */
static void leaving(void) {
  pair = open_pair();
  board[GROUP] = 0;
  expect_equal("a2.session.leader-left", reap(lead_session(&pair, sleep_in_front)), 0);
  long gone = 0;
  for (long until = now_ns() + PATIENCE_MS * 1000000l; gone != -ESRCH && now_ns() < until; sleep_ms(1)) gone = send(board[GROUP], 0);
  expect_equal("a2.session.foreground-ends-with-leader", gone, -ESRCH);
  close_pair(&pair);
}

PROBE("a2-session") {
  make_board();
  pair = open_pair();
  expect_true("a2.session.pair", pair.slave >= 0, "a pair", pair.slave);
  taking();
  losing();
  leaving();
}
