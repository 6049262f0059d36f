/*
 * Proves: wait4(2) tells exits and signals apart, waits for the child that was asked for, answers at once with WNOHANG and -ECHILD
 * where there is none; a child stays a zombie until it is reaped, then it is gone.
 * Spec: phases.md A1 (wait4: status encoding, WNOHANG, ECHILD; zombies reaped); wait(2).
 * System calls: clone, wait4, exit_group, kill, getpid, rt_sigaction, rt_sigreturn, pipe2, read, write, nanosleep, clock_gettime.
 */
#include "signals.h"

enum { CHILDREN = 20, NO_SUCH_OPTION = 0x100, NOBODY = 0x3ffffff, CORE_DUMPED = 0x80 };

static int exit_zero(void) { return 0; }
static int exit_all_bits(void) { return 255; }

static int end_by(int signal) {
  on_signal(signal, DEFAULT_ACTION);
  send_self(signal);
  return 77;
}

static int end_by_term(void) { return end_by(SIGTERM); }
static int end_by_kill(void) { return end_by(SIGKILL); }
static int end_by_store(void) {
  static int *volatile null;
  *(volatile int *)null = 1;
  return 77;
}

static long wait_for(long child, int *status, int options) {
  return sys(SYS_wait4, child, status, options, 0);
}

static void statuses(void) {
  expect_equal("a1.wait.exit-0", status_of(exit_zero), 0);
  expect_equal("a1.wait.exit-255", status_of(exit_all_bits), 255 << 8);
  expect_equal("a1.wait.signal-term", status_of(end_by_term), SIGTERM);
  expect_equal("a1.wait.signal-kill", status_of(end_by_kill), SIGKILL);
  long fault = status_of(end_by_store);
  expect_equal("a1.wait.signal-fault", fault < 0 ? fault : fault & ~CORE_DUMPED, SIGSEGV);
}

static void without_children(void) {
  int status = 0x55;
  expect_equal("a1.wait.no-child", wait_for(-1, &status, 0), -ECHILD);
  expect_equal("a1.wait.no-child-at-once", wait_for(-1, &status, WNOHANG), -ECHILD);
  expect_equal("a1.wait.not-a-child", wait_for(1, &status, WNOHANG), -ECHILD);
  expect_equal("a1.wait.nobody", wait_for(NOBODY, &status, WNOHANG), -ECHILD);
  expect_equal("a1.wait.wrong-options", wait_for(-1, &status, NO_SUCH_OPTION), -EINVAL);
  expect_equal("a1.wait.status-untouched", status, 0x55);
}

/* Waits until the child has ended, without reaping it: it holds the only open writing end of a pipe. */
static long start_and_await_end(int exit_status) {
  struct turn ended;
  make_turn(&ended);
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, exit_status);
  sys(SYS_close, ended.ends[1]);
  await_turn(&ended);
  sys(SYS_close, ended.ends[0]);
  /* The pipe's end goes before the last of the child's life does. */
  sleep_ms(20);
  return child;
}

static void zombies(void) {
  int status = -1;
  long first = start_and_await_end(3), second = start_and_await_end(4);
  expect_equal("a1.wait.zombie-stays", send(first, 0), 0);
  expect_true("a1.wait.by-id", wait_for(second, &status, 0) == second, "the second child's id", second);
  expect_equal("a1.wait.by-id-status", status, 4 << 8);
  expect_equal("a1.wait.not-twice", wait_for(second, &status, 0), -ECHILD);
  expect_true("a1.wait.any", wait_for(-1, &status, 0) == first, "the first child's id", first);
  expect_equal("a1.wait.any-status", status, 3 << 8);
  expect_equal("a1.wait.zombie-gone", send(first, 0), -ESRCH);
  long unread = start_and_await_end(5);
  expect_true("a1.wait.without-status", wait_for(unread, 0, 0) == unread, "the child's id", unread);
}

static void at_once(void) {
  int status = 0x55;
  long child = fork_child();
  if (child == 0) {
    sleep_ms(2000); /* it ends by itself, so that a wait which blocks is no wait without end */
    sys(SYS_exit_group, 6);
  }
  expect_equal("a1.wait.nohang-running", wait_for(child, &status, WNOHANG), 0);
  expect_equal("a1.wait.nohang-any-running", wait_for(-1, &status, WNOHANG), 0);
  expect_equal("a1.wait.nohang-status", status, 0x55);
  send(child, SIGKILL);
  expect_equal("a1.wait.nohang-ended", reap(child), SIGKILL);
}

/* Each of many children is reaped once, with the status that is its own. */
static void many(void) {
  long children[CHILDREN], wrong = 0;
  for (int i = 0; i < CHILDREN; i++) {
    children[i] = fork_child();
    if (children[i] == 0) sys(SYS_exit_group, 100 + i);
  }
  for (int n = 0; n < CHILDREN; n++) {
    int status = -1, which = 0;
    long waited = wait_for(-1, &status, 0);
    while (which < CHILDREN && children[which] != waited) which++;
    if (which == CHILDREN || status != (100 + which) << 8) wrong++;
    else children[which] = -1;
  }
  expect_equal("a1.wait.many", wrong, 0);
  expect_equal("a1.wait.none-left", wait_for(-1, 0, WNOHANG), -ECHILD);
}

static volatile int ended_children;

static void count_child(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  ended_children++;
}

static void child_signal(void) {
  on_signal(SIGCHLD, count_child);
  expect_equal("a1.wait.child-signal-status", status_of(exit_zero), 0);
  expect_equal("a1.wait.child-signal", ended_children, 1);
  set_action(SIGCHLD, IGNORED, 0, 0);
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, 0);
  expect_equal("a1.wait.ignored-reaps-itself", wait_for(child, 0, 0), -ECHILD);
  expect_equal("a1.wait.ignored-leaves-none", send(child, 0), -ESRCH);
  on_signal(SIGCHLD, DEFAULT_ACTION);
}

PROBE("a1-wait") {
  statuses();
  without_children();
  zombies();
  at_once();
  many();
  child_signal();
}
