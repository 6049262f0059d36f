/*
 * Proves: a handler that runs while a call waits makes the call answer -EINTR, or with SA_RESTART lets it go on waiting, and
 * either way no data is lost.
 * Spec: phases.md A1 (SA_RESTART; EINTR); signal(7), "Interruption of system calls and library functions by signal handlers".
 * System calls: rt_sigaction, rt_sigreturn, kill, read, write, pipe2, close, clone, wait4, nanosleep, clock_gettime.
 */
#include "signals.h"

enum { SIGNALS = 5, ENDLESS_SIGNALS = 250, GAP_MS = 20, ANSWER = 'd' };

static volatile long handled;

static void note(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  handled++;
}

/*
 * Starts a child that signals this program every 20 ms, so often that one comes while it waits, however slow the machine is, then writes
 * the answer and ends.
 */
static long start_sender(const int *pipe_ends, int signals) {
  long parent = sys(SYS_getpid), child = fork_child();
  if (child != 0) return child;
  for (int i = 0; i < signals; i++) {
    sleep_ms(GAP_MS);
    send(parent, SIGUSR1);
  }
  sleep_ms(GAP_MS);
  byte answer = ANSWER;
  sys(SYS_write, pipe_ends[1], &answer, 1);
  sys(SYS_exit_group, 7);
  return 0;
}

static void end(long child) {
  send(child, SIGKILL);
  while (sys(SYS_wait4, child, 0, 0, 0) == -EINTR) {}
}

static void read_answers(const int *pipe_ends) {
  byte got = 0;
  set_action(SIGUSR1, note, 0, 0);
  long child = start_sender(pipe_ends, ENDLESS_SIGNALS);
  expect_equal("a1.restart.read-interrupted", sys(SYS_read, pipe_ends[0], &got, 1), -EINTR);
  end(child);
  expect_equal("a1.restart.nothing-taken", got, 0);

  set_action(SIGUSR1, note, SA_RESTART, 0);
  handled = 0;
  child = start_sender(pipe_ends, SIGNALS);
  expect_equal("a1.restart.read-restarted", sys(SYS_read, pipe_ends[0], &got, 1), 1);
  expect_true("a1.restart.read-handled", handled >= 2, "2 or more handler calls", handled);
  expect_equal("a1.restart.read-data", got, ANSWER);
  expect_equal("a1.restart.sender-status", reap(child), 7 << 8);
}

static void waits(const int *pipe_ends) {
  int status = -1;
  set_action(SIGUSR1, note, 0, 0);
  long child = start_sender(pipe_ends, ENDLESS_SIGNALS);
  expect_equal("a1.restart.wait-interrupted", sys(SYS_wait4, child, &status, 0, 0), -EINTR);
  end(child);

  set_action(SIGUSR1, note, SA_RESTART, 0);
  handled = 0;
  child = start_sender(pipe_ends, SIGNALS);
  long waited = sys(SYS_wait4, child, &status, 0, 0);
  expect_true("a1.restart.wait-restarted", waited == child, "the child's process id", waited);
  expect_equal("a1.restart.wait-status", status, 7 << 8);
  expect_true("a1.restart.wait-handled", handled >= 2, "2 or more handler calls", handled);
}

/* nanosleep(2) is interrupted even with SA_RESTART, and says how long it would have slept on. */
static void sleep_is_interrupted(const int *pipe_ends) {
  struct timespec duration = {8, 0}, left = {0, 0};
  long child = start_sender(pipe_ends, ENDLESS_SIGNALS);
  expect_equal("a1.restart.sleep-interrupted", sys(SYS_nanosleep, &duration, &left), -EINTR);
  end(child);
  long left_ms = left.seconds * 1000 + left.nanoseconds / 1000000;
  expect_true("a1.restart.sleep-left", left_ms > 0 && left_ms < 8000, "between 0 and 8000 ms", left_ms);
}

PROBE("a1-restart") {
  int pipe_ends[2];
  long made = sys(SYS_pipe2, pipe_ends, 0);
  expect_equal("a1.restart.pipe", made, 0);
  if (made != 0) return;
  read_answers(pipe_ends);
  waits(pipe_ends);
  sleep_is_interrupted(pipe_ends);
}
