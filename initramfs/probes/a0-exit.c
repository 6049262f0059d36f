/*
 * Proves: exit(2) ends a program and its status, the low eight bits, reaches the parent through wait4(2).
 * Spec: phases.md A0 (`exit` ends the program, its status reaches the parent); wait4(2), exit(2).
 * System calls: clone, exit, exit_group, wait4.
 */
#include "probe.h"

static long status_after_exit(long number, long exit_status) {
  long child = fork_child();
  if (child < 0) return child;
  if (child == 0) {
    sys(number, exit_status);
    for (;;) wait_for_interrupt(); /* exit returned: the parent's wait never ends, and the host's deadline tells */
  }
  int status = -1;
  long waited = sys(SYS_wait4, child, &status, 0, 0);
  return waited == child ? status : waited;
}

PROBE("a0-exit") {
  expect_equal("a0.exit.zero", status_after_exit(SYS_exit, 0), 0);
  expect_equal("a0.exit.forty-two", status_after_exit(SYS_exit, 42), 42 << 8);
  expect_equal("a0.exit.group", status_after_exit(SYS_exit_group, 255), 255 << 8);
  expect_equal("a0.exit.low-eight-bits", status_after_exit(SYS_exit, 0x1234), 0x34 << 8);
  expect_equal("a0.exit.no-child-left", sys(SYS_wait4, -1, 0, 0, 0), -10); /* ECHILD */
}
