/*
 * Proves: brk grows the heap by zero pages, keeps them as it grows on, takes them away when it shrinks, and answers the break as
 * it is where it can't do what was asked.
 * Spec: phases.md A1 (brk); brk(2), "C library/kernel differences".
 * System calls: brk, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "mapping.h"

enum { PATTERN = 0x37 };

PROBE("a1-brk") {
  size first = (size)sys(SYS_brk, 0), base = (first + PAGE - 1) & -(size)PAGE;
  expect_true("a1.brk.query", (long)first > 0, "an address", (long)first);
  expect_equal("a1.brk.grow", sys(SYS_brk, base + 3 * PAGE), (long)(base + 3 * PAGE));
  if (sys(SYS_brk, 0) != (long)(base + 3 * PAGE)) return fail_expected("a1.brk.query-grown", "the new break", sys(SYS_brk, 0));
  pass("a1.brk.query-grown");
  byte *heap = (byte *)base;
  expect_equal("a1.brk.zero", count_other(heap, 3 * PAGE, 0), 0);
  fill(heap, 3 * PAGE, PATTERN);
  expect_equal("a1.brk.grow-on", sys(SYS_brk, base + 64 * PAGE), (long)(base + 64 * PAGE));
  expect_equal("a1.brk.kept", count_other(heap, 3 * PAGE, PATTERN), 0);
  expect_equal("a1.brk.zero-again", count_other(heap + 3 * PAGE, 61 * PAGE, 0), 0);

  expect_equal("a1.brk.shrink", sys(SYS_brk, base + PAGE), (long)(base + PAGE));
  expect_equal("a1.brk.load-beyond", signal_of_load(heap + PAGE), SIGSEGV);
  expect_equal("a1.brk.store-beyond", signal_of_store(heap + 2 * PAGE), SIGSEGV);
  expect_equal("a1.brk.kept-below", count_other(heap, PAGE, PATTERN), 0);
  sys(SYS_brk, base + 3 * PAGE);
  expect_equal("a1.brk.nothing-stale", count_other(heap + PAGE, 2 * PAGE, 0), 0);

  expect_equal("a1.brk.too-much", sys(SYS_brk, base + (1ul << 60)), (long)(base + 3 * PAGE));
  expect_equal("a1.brk.below-heap", sys(SYS_brk, PAGE), (long)(base + 3 * PAGE));
  expect_equal("a1.brk.shrink-all", sys(SYS_brk, first), (long)first);
}
