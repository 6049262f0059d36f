/*
 * Figures: a child that ends at once, and one that starts a program first.
 * Spec: phases.md E (fork+exec+wait, in virtual time); fork(2), execve(2), wait(2).
 * System calls: clone, execve, wait4, clock_gettime, exit_group.
 */
#include "start-state.h"
#include "stopwatch.h"

enum { CHILDREN = 200, ENDS_WITH = 7 };
static const char own_file[] = "/probes/e-spawn";

/* How many ended as they should; each has a program to start, or none. */
static long spawn(const char *program) {
  long right = 0;
  start_watch();
  for (int i = 0; i < CHILDREN; i++) {
    int status = -1;
    long child = fork_child();
    if (child == 0) {
      const char *const arguments[] = {own_file, "end", 0}, *const nothing[] = {0};
      if (program != 0) sys(SYS_execve, program, arguments, nothing);
      sys(SYS_exit_group, program == 0 ? ENDS_WITH : 1);
    }
    sys(SYS_wait4, child, &status, 0, 0);
    right += status == ENDS_WITH << 8;
    take_sample();
  }
  stop_watch(program == 0 ? "perf_fork_wait" : "perf_fork_exec_wait");
  return right;
}

PROBE("e-spawn") {
  if (start_stack[0] == 2) sys(SYS_exit_group, ENDS_WITH);
  expect_equal("e.spawn.forked", spawn(0), CHILDREN);
  expect_equal("e.spawn.started", spawn(own_file), CHILDREN);
}
