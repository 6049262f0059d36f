/*
 * Proves: a background process that reads its terminal is stopped by SIGTTIN, one that writes by SIGTTOU where TOSTOP is set and
 * not where it isn't, and goes on in the foreground; where nobody could continue it, it gets EIO instead.
 * Spec: phases.md A2 (SIGTTIN/SIGTTOU for background jobs); termios(3), credentials(7), POSIX "Terminal Access Control".
 * System calls: openat, close, ioctl, setsid, setpgid, mmap, clone, wait4, kill, rt_sigaction, rt_sigprocmask, nanosleep, clock_gettime,
 * read, write, ppoll, exit_group.
 */
#include "sessions.h"

static struct pair pair;

static int read_line(void) {
  char got[8];
  return sys(SYS_read, pair.slave, got, sizeof got) == 3 ? 7 : 1;
}

static int read_ignoring(void) {
  char got[8];
  on_signal(SIGTTIN, IGNORED);
  return sys(SYS_read, pair.slave, got, sizeof got) == -EIO ? 7 : 1;
}

static int write_word(void) {
  return write_text(pair.slave, "word") == 4 ? 7 : 1;
}

static int write_blocked(void) {
  block(bit(SIGTTOU));
  return write_word();
}

static int change_modes(void) {
  struct terminal_modes modes = modes_of(pair.slave);
  return set_modes(pair.slave, &modes) == 0 ? 7 : 1;
}

/* What happens to a background child that runs `body`; it is stopped in the end, or has ended. */
static long background(int (*body)(void), long *child) {
  *child = fork_into(0, body);
  return next_status(*child);
}

static long go_on_in_front(long child) {
  set_foreground(pair.slave, child);
  send(child, SIGCONT);
  long status = next_status(child);
  if (status == CONTINUED) status = next_status(child);
  set_foreground(pair.slave, sys(SYS_getpid));
  return status;
}

static long kill_child(long child) {
  send(child, SIGKILL);
  return reap(child);
}

static int lead(void) {
  long child;
  on_signal(SIGTTOU, IGNORED);
  board[0] = background(read_line, &child);
  board[14] = 1;
  board[1] = go_on_in_front(child);
  board[2] = background(read_ignoring, &child);
  board[3] = background(write_word, &child);
  struct terminal_modes modes = modes_of(pair.slave);
  modes.local |= TOSTOP;
  set_modes(pair.slave, &modes);
  on_signal(SIGTTOU, DEFAULT_ACTION);
  board[4] = background(write_word, &child);
  on_signal(SIGTTOU, IGNORED);
  board[5] = go_on_in_front(child);
  on_signal(SIGTTOU, DEFAULT_ACTION);
  board[6] = background(write_blocked, &child);
  modes.local &= ~(unsigned)TOSTOP;
  set_modes(pair.slave, &modes);
  board[7] = background(change_modes, &child);
  board[8] = kill_child(child);
  return 0;
}

/* A child whose parent has gone is in an orphaned group: there is no shell that could continue it. */
static int orphan(void) {
  while (sys(SYS_getppid) == board[10]) sleep_ms(1);
  char got[8];
  board[9] = sys(SYS_read, pair.slave, got, sizeof got);
  board[11] = 1;
  return 0;
}

static int leave_orphan(void) {
  board[10] = sys(SYS_getpid);
  fork_into(0, orphan);
  return 0;
}

static int lead_orphan(void) {
  on_signal(SIGHUP, IGNORED);
  long middle = fork_into(0, leave_orphan);
  reap(middle);
  becomes(11, 1);
  return 0;
}

PROBE("a2-background") {
  make_board();
  pair = open_pair();
  expect_true("a2.background.pair", pair.slave >= 0, "a pair", pair.slave);
  make_cooked(pair.slave, ISIG | ICANON);
  long leader = lead_session(&pair, lead);
  becomes(14, 1);
  write_text(pair.master, "in\n");
  expect_equal("a2.background.leader", reap(leader), 0);
  expect_equal("a2.background.read-stops", board[0], stopped_by(SIGTTIN));
  expect_equal("a2.background.reads-in-front", board[1], 7 << 8);
  expect_equal("a2.background.read-ignoring", board[2], 7 << 8);
  expect_equal("a2.background.writes", board[3], 7 << 8);
  expect_equal("a2.background.tostop-stops", board[4], stopped_by(SIGTTOU));
  expect_equal("a2.background.writes-in-front", board[5], 7 << 8);
  expect_equal("a2.background.tostop-blocked", board[6], 7 << 8);
  expect_equal("a2.background.modes-stop", board[7], stopped_by(SIGTTOU));
  expect_equal("a2.background.modes-killed", board[8], SIGKILL);
  expect_true("a2.background.written", comes(pair.master, "wordwordword", 12), "three words", 0);
  board[11] = 0;
  expect_equal("a2.background.orphans-leader", reap(lead_session(&pair, lead_orphan)), 0);
  expect_equal("a2.background.orphan-reads", board[9], -EIO);
  close_pair(&pair);
}
