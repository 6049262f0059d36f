/*
 * Proves: a terminal's size is what was set at either end, and each change sends SIGWINCH to the foreground group, and to no other.
 * Spec: phases.md A2 (TIOCSWINSZ raises SIGWINCH); ioctl_tty(2).
 * System calls: openat, close, ioctl, setsid, setpgid, mmap, clone, wait4, rt_sigaction, nanosleep, clock_gettime, exit_group.
 */
#include "sessions.h"

enum { DONE, FRONT, BACK, ROWS, LEADER_THERE, BACK_THERE };

static struct pair pair;

static long size_of(long terminal) {
  struct window_size size = {0, 0, 0, 0};
  long answer = sys(SYS_ioctl, terminal, TIOCGWINSZ, &size);
  return answer < 0 ? answer : size.rows * 1000 + size.columns;
}

static long resize(long terminal, unsigned short rows, unsigned short columns) {
  struct window_size size = {rows, columns, 0, 0};
  return sys(SYS_ioctl, terminal, TIOCSWINSZ, &size);
}

/* What a full-screen program does: it asks for the new size when it is told of one. */
static void note_front(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  board[ROWS] = size_of(pair.slave);
  board[FRONT]++;
}

static void note_back(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  board[BACK]++;
}

static int in_back(void) {
  on_signal(SIGWINCH, note_back);
  board[BACK_THERE] = 1;
  becomes(DONE, 1);
  return 0;
}

static int lead(void) {
  on_signal(SIGWINCH, note_front);
  long back = fork_into(0, in_back);
  board[LEADER_THERE] = 1;
  becomes(DONE, 1);
  return (int)reap(back);
}

PROBE("a2-winsize") {
  make_board();
  pair = open_pair();
  expect_true("a2.winsize.pair", pair.slave >= 0, "a pair", pair.slave);
  expect_equal("a2.winsize.at-first", size_of(pair.slave), 0);
  expect_equal("a2.winsize.set", resize(pair.master, 30, 100), 0);
  expect_equal("a2.winsize.at-slave", size_of(pair.slave), 30100);
  expect_equal("a2.winsize.set-at-slave", resize(pair.slave, 31, 101), 0);
  expect_equal("a2.winsize.at-master", size_of(pair.master), 31101);

  long leader = lead_session(&pair, lead);
  expect_equal("a2.winsize.waiting", becomes(LEADER_THERE, 1) + becomes(BACK_THERE, 1), 2);
  resize(pair.master, 40, 120);
  expect_equal("a2.winsize.told", becomes(FRONT, 1), 1);
  expect_equal("a2.winsize.size-when-told", board[ROWS], 40120);
  resize(pair.slave, 41, 121);
  expect_equal("a2.winsize.told-by-slave", becomes(FRONT, 2), 2);
  resize(pair.master, 41, 121);
  resize(pair.master, 42, 122);
  /* The handler counts last. */
  becomes(ROWS, 42122);
  expect_equal("a2.winsize.same-size-tells-nothing", becomes(FRONT, 3), 3);
  expect_equal("a2.winsize.not-in-background", board[BACK], 0);
  board[DONE] = 1;
  expect_equal("a2.winsize.leader", reap(leader), 0);
  close_pair(&pair);
}
