/*
 * Proves: SIGSTOP stops a program and SIGCONT lets it go on, and wait4(2) tells of both, to who asks for it.
 * Spec: phases.md A1 (wait4: status encoding); wait(2), WUNTRACED and WCONTINUED.
 * System calls: clone, wait4, kill, exit_group, pipe2, read, write, nanosleep, clock_gettime.
 */
#include "files.h"
#include "signals.h"

enum { WUNTRACED = 2, WCONTINUED = 8, STOPPED = 0x7f, CONTINUED = 0xffff };

/* The child's next status that wait4(2) gives with these options, or what it answers; bounded in time. */
static long next_status(long child, int options) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; now_ns() < until; sleep_ms(1)) {
    int status = -1;
    long waited = sys(SYS_wait4, child, &status, options | WNOHANG, 0);
    if (waited != 0) return waited == child ? status : waited;
  }
  return STILL_RUNNING;
}

/* 1 as soon as the child has done its work, or -EAGAIN when patience is at its end. */
static long work_done(const struct turn *done, long patience_ms) {
  byte token;
  long count;
  long until = now_ns() + patience_ms * 1000000l;
  while ((count = sys(SYS_read, done->ends[0], &token, 1)) == -EAGAIN && now_ns() < until) sleep_ms(1);
  return count;
}

PROBE("a1-stop") {
  struct turn work, done;
  make_turn(&work);
  sys(SYS_pipe2, done.ends, O_NONBLOCK);
  long child = fork_child();
  if (child == 0) {
    await_turn(&work);
    give_turn(&done);
    await_turn(&work);
    sys(SYS_exit_group, 9);
  }
  send(child, SIGSTOP);
  expect_equal("a1.stop.stopped", next_status(child, WUNTRACED), SIGSTOP << 8 | STOPPED);
  expect_equal("a1.stop.told-once", sys(SYS_wait4, child, 0, WUNTRACED | WNOHANG, 0), 0);
  give_turn(&work);
  expect_equal("a1.stop.does-nothing", work_done(&done, 50), -EAGAIN);
  expect_equal("a1.stop.not-asked-for", sys(SYS_wait4, child, 0, WNOHANG, 0), 0);

  send(child, SIGCONT);
  expect_equal("a1.stop.continued", next_status(child, WCONTINUED), CONTINUED);
  expect_equal("a1.stop.goes-on", work_done(&done, PATIENCE_MS), 1);
  give_turn(&work);
  expect_equal("a1.stop.exit", reap(child), 9 << 8);
}
