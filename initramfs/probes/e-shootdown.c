/*
 * Proves: a page that one CPU takes away, or makes read-only, is so for a thread on another CPU once the call has returned, 10,000 times.
 * Spec: phases.md E (TLB shoot-down: munmap and mprotect on one CPU are seen by a thread on another, 10,000 times); mprotect(2), munmap(2).
 * System calls: mmap, mprotect, munmap, sched_setaffinity, getcpu, clone, futex, rt_sigaction, clock_gettime, exit.
 */
#include "shootdown.h"

enum { ROUNDS = 5000 };

PROBE("e-shootdown") {
  struct shootdown writing = shoot_down(1, TAKES_WRITING, ROUNDS), page = shoot_down(1, TAKES_PAGE, ROUNDS);
  expect_equal("e.shootdown.rounds", writing.rounds + page.rounds, 2 * ROUNDS);
  expect_equal("e.shootdown.errors", writing.errors + page.errors, 0);
  expect_true("e.shootdown.faults", writing.faults > 0 && page.faults > 0, "stores that fault", writing.faults);
  expect_equal("e.shootdown.mprotect-went-on", writing.went_on, 0);
  expect_equal("e.shootdown.munmap-went-on", page.went_on, 0);
}
