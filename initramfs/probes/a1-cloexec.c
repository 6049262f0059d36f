/*
 * Proves: exec closes the descriptors that are marked so, by whatever call they were, and no others.
 * Spec: phases.md A1 (O_CLOEXEC); open(2), pipe(2), dup(2), fcntl(2), execve(2).
 * System calls: openat, pipe2, dup3, fcntl, execve, close, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "files.h"

/* Numbers of descriptors, so that the program behind exec knows them; status bits are counted from the first. */
enum { OPENED = 50, OPENED_MARKED, PIPE_MARKED, DUP_MARKED, MARKED_LATER, UNMARKED_LATER, BEHIND_LAST };

/* What the probe does when it is run with an argument: its exit status has a bit for each descriptor that is open. */
static int open_descriptors(void) {
  int open = 0;
  for (int i = OPENED; i < BEHIND_LAST; i++)
    if (sys(SYS_fcntl, i, F_GETFD) >= 0) open |= 1 << (i - OPENED);
  return open;
}

/* Copies a descriptor to a number, its mark, too. */
static void move(long descriptor, long number) {
  sys(SYS_dup3, descriptor, number, sys(SYS_fcntl, descriptor, F_GETFD) == FD_CLOEXEC ? O_CLOEXEC : 0);
  close_file(descriptor);
}

static int exec_myself(void) {
  const char *path = (const char *)start_stack[1], *arguments[] = {path, "look", 0}, *environment[] = {0};
  return (int)-sys(SYS_execve, path, arguments, environment);
}

PROBE("a1-cloexec") {
  if (start_stack[0] > 1) sys(SYS_exit_group, open_descriptors());
  int ends[2] = {-1, -1};
  move(open_file("/dev/null", O_RDONLY), OPENED);
  move(open_file("/dev/null", O_RDONLY | O_CLOEXEC), OPENED_MARKED);
  sys(SYS_pipe2, ends, O_CLOEXEC);
  move(ends[0], PIPE_MARKED);
  sys(SYS_dup3, OPENED, DUP_MARKED, O_CLOEXEC);
  sys(SYS_dup3, OPENED, MARKED_LATER, 0);
  sys(SYS_fcntl, MARKED_LATER, F_SETFD, FD_CLOEXEC);
  sys(SYS_dup3, OPENED, UNMARKED_LATER, O_CLOEXEC);
  sys(SYS_fcntl, UNMARKED_LATER, F_SETFD, 0);
  expect_equal("a1.cloexec.all-open", open_descriptors(), (1 << (BEHIND_LAST - OPENED)) - 1);

  long status = status_of(exec_myself);
  expect_equal("a1.cloexec.exec", status & ~(((1l << (BEHIND_LAST - OPENED)) - 1) << 8), 0);
  long open = status >> 8;
  expect_equal("a1.cloexec.opened-stays", open >> (OPENED - OPENED) & 1, 1);
  expect_equal("a1.cloexec.opened-marked", open >> (OPENED_MARKED - OPENED) & 1, 0);
  expect_equal("a1.cloexec.pipe-marked", open >> (PIPE_MARKED - OPENED) & 1, 0);
  expect_equal("a1.cloexec.dup-marked", open >> (DUP_MARKED - OPENED) & 1, 0);
  expect_equal("a1.cloexec.marked-later", open >> (MARKED_LATER - OPENED) & 1, 0);
  expect_equal("a1.cloexec.unmarked-later", open >> (UNMARKED_LATER - OPENED) & 1, 1);
  expect_equal("a1.cloexec.caller-keeps-all", open_descriptors(), (1 << (BEHIND_LAST - OPENED)) - 1);
}
