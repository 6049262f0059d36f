/*
 * Proves: a system call leaves the registers as they were that it may not destroy, whether it succeeds, fails or gives the CPU
 * away. The pattern is another one in each of many rounds.
 * Spec: phases.md A0 (x1-x30, SP, q0-q31, FPSR/FPCR survive a system call).
 * System calls: getpid, an unassigned one, sched_yield, write.
 */
#include "registers.h"

enum { ROUNDS = 500 };

/* Makes the same call in every round, each with other patterns in the registers that are not its arguments. */
static void expect_kept(const char *id, long number, long a0, long a1, long a2, long expected) {
  long changed = 0, wrong_answer = expected;
  for (unsigned long round = 1; round <= ROUNDS; round++) {
    fill_patterns(round);
    set_call(number, a0, a1, a2);
    long answer = registers_across_syscall();
    if (answer != expected) wrong_answer = answer;
    changed |= changed_registers() & KEPT_BY_CALLS;
  }
  if (wrong_answer != expected) expect_equal(id, wrong_answer, expected);
  else expect_true(id, changed == 0, NO_CHANGE, changed);
}

PROBE("a0-registers") {
  expect_kept("a0.registers.getpid", SYS_getpid, 0, 0, 0, sys(SYS_getpid));
  expect_kept("a0.registers.unassigned", 0x12345, 1, 2, 3, -ENOSYS);
  expect_kept("a0.registers.yield", SYS_sched_yield, 0, 0, 0, 0);
  expect_kept("a0.registers.bad-pointer", SYS_write, 1, 0, 8, -EFAULT);
  expect_kept("a0.registers.write", SYS_write, 1, (long)"", 0, 0);
}
