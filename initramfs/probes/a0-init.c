/*
 * Proves: user space is reached, write(2) takes from a program and getpid(2) says 1 to init.
 * Spec: phases.md A0 (`write` reaches the console, `getpid` is 1 for init).
 * System calls: write, getpid, getppid.
 */
#include "probe.h"

PROBE("a0-init") {
  expect_equal("a0.init.getpid", sys(SYS_getpid), 1);
  expect_equal("a0.init.getppid", sys(SYS_getppid), 0);
}
