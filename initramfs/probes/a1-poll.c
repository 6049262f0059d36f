/*
 * Proves: ppoll tells what is ready and nothing else, at once where something is, waits as long as it was told where nothing
 * is, or until something becomes ready or a handler has run.
 * Spec: phases.md A1 (poll, here ppoll, which every architecture has: with and without time-out); poll(2).
 * System calls: ppoll, pipe2, read, write, close, rt_sigaction, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "files.h"
#include "polling.h"

enum { SHORT_MS = 50, LONG_MS = 20000 };

static int ends[2];

static void at_once(void) {
  byte got[8];
  expect_equal("a1.poll.nothing", ready(ends[0], POLLIN), 0);
  expect_equal("a1.poll.writable", ready(ends[1], POLLOUT), POLLOUT);
  write_text(ends[1], "x");
  expect_equal("a1.poll.readable", ready(ends[0], POLLIN), POLLIN);
  struct polled three[3] = {{ends[0], POLLIN, 0}, {-1, POLLIN, 99}, {ends[1], POLLOUT, 0}};
  expect_equal("a1.poll.two-of-three", poll_for(three, 3, -1), 2);
  expect_equal("a1.poll.which", three[0].ready << 16 | three[1].ready << 8 | three[2].ready, POLLIN << 16 | POLLOUT);
  sys(SYS_read, ends[0], got, 1);
  expect_equal("a1.poll.read-empty", ready(ends[0], POLLIN), 0);
  expect_equal("a1.poll.not-open", ready(1000, POLLIN), POLLNVAL);

  int full[2];
  byte block[4096] = {0};
  sys(SYS_pipe2, full, O_NONBLOCK);
  while (sys(SYS_write, full[1], block, sizeof block) > 0) {}
  expect_equal("a1.poll.full", ready(full[1], POLLOUT), 0);
  sys(SYS_read, full[0], block, sizeof block);
  expect_equal("a1.poll.room", ready(full[1], POLLOUT), POLLOUT);
  close_file(full[0]);
  expect_equal("a1.poll.reader-gone", ready(full[1], POLLOUT) & POLLERR, POLLERR);
  close_file(full[1]);
  sys(SYS_pipe2, full, 0);
  close_file(full[1]);
  expect_equal("a1.poll.writer-gone", ready(full[0], POLLIN) & POLLHUP, POLLHUP);
  close_file(full[0]);
}

/* A child that writes to the pipe, or signals its parent, every 20 ms until it is killed. */
static long start_child(int signals) {
  long parent = sys(SYS_getpid), child = fork_child();
  if (child != 0) return child;
  for (;;) {
    sleep_ms(20);
    if (signals) send(parent, SIGUSR1);
    else write_text(ends[1], "x");
  }
}

static void end(long child) {
  send(child, SIGKILL);
  while (sys(SYS_wait4, child, 0, 0, 0) == -EINTR) {}
}

static volatile long handled;

static void note(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  handled++;
}

static void waiting(void) {
  struct polled polled = {ends[0], POLLIN, 0};
  long start = now_ns();
  expect_equal("a1.poll.time-out", poll_for(&polled, 1, SHORT_MS), 0);
  expect_elapsed("a1.poll.time-out-elapsed", start, SHORT_MS);
  start = now_ns();
  expect_equal("a1.poll.no-descriptor", poll_for(0, 0, SHORT_MS), 0);
  expect_elapsed("a1.poll.no-descriptor-elapsed", start, SHORT_MS);

  set_action(SIGUSR1, note, SA_RESTART, 0);
  long child = start_child(1);
  expect_equal("a1.poll.interrupted", poll_for(&polled, 1, LONG_MS), -EINTR);
  end(child);
  expect_true("a1.poll.handled", handled >= 1, "1 or more handler calls", handled);

  start = now_ns();
  child = start_child(0);
  expect_equal("a1.poll.wakes", poll_for(&polled, 1, LONG_MS), 1);
  expect_equal("a1.poll.woken-by", polled.ready, POLLIN);
  expect_elapsed("a1.poll.wakes-before-time-out", start, 0);
  end(child);
  for (byte got; ready(ends[0], POLLIN) == POLLIN && sys(SYS_read, ends[0], &got, 1) == 1;) {}

  child = start_child(0);
  expect_equal("a1.poll.wakes-without-time-out", poll_for(&polled, 1, -1), 1);
  end(child);
}

PROBE("a1-poll") {
  /* Without waiting, so that no wrong answer of ppoll makes a read hang. */
  long made = sys(SYS_pipe2, ends, O_NONBLOCK);
  expect_equal("a1.poll.pipe", made, 0);
  if (made != 0) return;
  at_once();
  waiting();
  struct timespec wrong = {0, 1000000000};
  expect_equal("a1.poll.wrong-time-out", sys(SYS_ppoll, 0, 0, &wrong, 0, MASK_BYTES), -EINVAL);
}
