/*
 * Proves: when init itself exits, the kernel says so and names the status. This probe never completes: on purpose it
 * ends as PID 1 with status 42, and the host looks for that in the kernel's log.
 * Spec: phases.md A0 (`exit` ends the program, its status reaches the parent or the log).
 * System calls: write, exit_group.
 */
#include "probe.h"

PROBE("a0-init-exit") {
  say("PROBE ENDS a0-init-exit status=42");
  sys(SYS_exit_group, 42);
  fail_expected("a0.init-exit.ends", "no return from exit_group", 0);
}
