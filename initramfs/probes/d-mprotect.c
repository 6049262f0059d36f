/*
 * Proves: mprotect takes effect at once, on every CPU: once it has returned no other CPU stores to the page.
 * Spec: phases.md D (mprotect takes effect at once, on every CPU); mprotect(2).
 * System calls: mmap, mprotect, sched_setaffinity, sched_yield, clone, futex, rt_sigaction, clock_gettime, exit.
 */
#include "shootdown.h"

enum { ROUNDS = 200, OTHERS = 3 };

PROBE("d-mprotect") {
  struct shootdown sum = {0, 0, 0, 0};
  for (long cpu = 1; cpu <= OTHERS; cpu++) {
    struct shootdown found = shoot_down(cpu, TAKES_WRITING, ROUNDS);
    sum.rounds += found.rounds;
    sum.stores_after += found.stores_after;
    sum.never_stopped += found.never_stopped;
    sum.errors += found.errors;
  }
  expect_equal("d.mprotect.rounds", sum.rounds, ROUNDS * OTHERS);
  expect_equal("d.mprotect.errors", sum.errors, 0);
  expect_equal("d.mprotect.always-stops", sum.never_stopped, 0);
  expect_equal("d.mprotect.nothing-after", sum.stores_after, 0);
}
