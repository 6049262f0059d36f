/*
 * Proves: mprotect takes effect at once, on every CPU: once it has returned no other CPU stores to the page.
 * Spec: phases.md D (mprotect takes effect at once, on every CPU); mprotect(2).
 * System calls: mmap, mprotect, munmap, sched_setaffinity, getcpu, clone, futex, rt_sigaction, clock_gettime, exit.
 */
#include "shootdown.h"

enum { ROUNDS = 500, OTHERS = 3 };

PROBE("d-mprotect") {
  struct shootdown sum = {0, 0, 0, 0};
  for (long cpu = 1; cpu <= OTHERS; cpu++) {
    struct shootdown found = shoot_down(cpu, TAKES_WRITING, ROUNDS);
    sum.rounds += found.rounds;
    sum.went_on += found.went_on;
    sum.errors += found.errors;
    sum.faults += found.faults;
  }
  expect_equal("d.mprotect.rounds", sum.rounds, ROUNDS * OTHERS);
  expect_equal("d.mprotect.errors", sum.errors, 0);
  expect_true("d.mprotect.faults", sum.faults > 0, "stores that fault", sum.faults);
  expect_equal("d.mprotect.went-on", sum.went_on, 0);
}
