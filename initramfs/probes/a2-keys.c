/*
 * Proves: the keys Ctrl-C, Ctrl-\ and Ctrl-Z, typed at a terminal, send their signal to every process of its foreground group
 * and to no other; with ISIG off, or other keys set, they send none.
 * Spec: phases.md A2 (Ctrl-C through a PTY reaches the slave's foreground group only; ISIG); termios(3), credentials(7).
 * System calls: openat, close, ioctl, setsid, setpgid, mmap, clone, wait4, kill, rt_sigaction, nanosleep, clock_gettime, read, write, exit_group.
 */
#include "sessions.h"

enum { READY, FIRST, SECOND, BACKGROUND, LEADER, STEP, FOREGROUND_STATUS };

static struct pair pair;

static void note(int signal, struct signal_information *information, void *context) {
  (void)information, (void)context;
  board[LEADER] = signal;
}

/* A foreground group of two, a background group of one; the leader tells how each ended. */
static int two_groups(void) {
  long first = fork_into(0, sleep_long), second = fork_into(first, sleep_long), background = fork_into(0, sleep_long);
  on_signal(SIGINT, note);
  on_signal(SIGQUIT, note);
  on_signal(SIGTSTP, note);
  on_signal(SIGTTOU, IGNORED);
  set_foreground(pair.slave, first);
  board[READY] = 1;
  board[FIRST] = next_status(first);
  board[SECOND] = next_status(second);
  int status = 0;
  board[BACKGROUND] = sys(SYS_wait4, background, &status, WNOHANG | WUNTRACED, 0);
  send(-first, SIGKILL);
  send(-background, SIGKILL);
  reap(first);
  reap(second);
  reap(background);
  board[STEP] = 1;
  return 0;
}

static void expect_key(const char *key, const char *ids[5], long status) {
  for (int i = 0; i < 8; i++) board[i] = 0;
  long leader = lead_session(&pair, two_groups);
  becomes(READY, 1);
  write_text(pair.master, key);
  becomes(STEP, 1);
  expect_equal(ids[0], board[FIRST], status);
  expect_equal(ids[1], board[SECOND], status);
  expect_equal(ids[2], board[BACKGROUND], 0);
  expect_equal(ids[3], board[LEADER], 0);
  expect_equal(ids[4], reap(leader), 0);
}

/* Waits for a line in the foreground and keeps what it read. */
static int read_line(void) {
  board[READY] = 1;
  board[FOREGROUND_STATUS] = one_read(pair.slave, "a\003\032\034b\n");
  return 0;
}

static void expect_no_key(void) {
  board[READY] = board[FOREGROUND_STATUS] = 0;
  make_cooked(pair.slave, ICANON);
  long leader = lead_session(&pair, read_line);
  becomes(READY, 1);
  write_text(pair.master, "a\003\032\034b\n");
  expect_equal("a2.keys.isig-off-lives", reap(leader), 0);
  expect_equal("a2.keys.isig-off-bytes", board[FOREGROUND_STATUS], 6);
}

static void expect_other_key(void) {
  struct terminal_modes modes;
  make_cooked(pair.slave, ISIG | ICANON);
  modes = modes_of(pair.slave);
  modes.characters[VINTR] = 'k';
  set_modes(pair.slave, &modes);
  board[READY] = 0;
  long leader = lead_session(&pair, read_line);
  becomes(READY, 1);
  write_text(pair.master, "k");
  expect_equal("a2.keys.other-key", reap(leader), SIGINT);
}

PROBE("a2-keys") {
  static const char *interrupt[] = {
    "a2.keys.interrupt-first", "a2.keys.interrupt-second", "a2.keys.interrupt-not-background", "a2.keys.interrupt-not-leader",
    "a2.keys.interrupt-session",
  };
  static const char *quit[] = {
    "a2.keys.quit-first", "a2.keys.quit-second", "a2.keys.quit-not-background", "a2.keys.quit-not-leader", "a2.keys.quit-session",
  };
  static const char *stop[] = {
    "a2.keys.stop-first", "a2.keys.stop-second", "a2.keys.stop-not-background", "a2.keys.stop-not-leader", "a2.keys.stop-session",
  };
  make_board();
  pair = open_pair();
  expect_true("a2.keys.pair", pair.slave >= 0, "a pair", pair.slave);
  make_cooked(pair.slave, ISIG | ICANON);
  expect_key("\003", interrupt, SIGINT);
  expect_key("\034", quit, SIGQUIT);
  expect_key("\032", stop, stopped_by(SIGTSTP));
  expect_no_key();
  expect_other_key();
}
