/*
 * Proves: a system call number that is not assigned answers -ENOSYS (-38), at the table's end, far beyond and negative.
 * Spec: phases.md A0 (unassigned number -> -ENOSYS in x0).
 * System calls: only unassigned ones. Every call gets arguments that no assigned call would act upon.
 */
#include "probe.h"

/* No kernel's table reaches this far today: Linux 6.1's ends at 450, and grows by a few a year. */
enum { BEYOND_EVERY_TABLE = 600, SCANNED_TO = 1100 };

static long call(long number) {
  return sys(number, -1, -1, -1, -1, -1, -1);
}

static void expect_enosys(const char *id, long number) {
  expect_equal(id, call(number), -ENOSYS);
}

PROBE("a0-enosys") {
  long highest = SCANNED_TO;
  while (highest > 0 && call(highest) == -ENOSYS) highest--;
  metric("highest_assigned_syscall", highest);
  expect_true("a0.enosys.after-table", highest > 0 && highest < BEYOND_EVERY_TABLE, "every number from 600 to 1100 to be -38, last one that is not", highest);
  expect_enosys("a0.enosys.table-end", highest + 1);
  expect_enosys("a0.enosys.far", 0x12345);
  expect_enosys("a0.enosys.int-max", 0x7fffffff);
  expect_enosys("a0.enosys.minus-one", -1);
  expect_enosys("a0.enosys.minus-4096", -4096);
  expect_enosys("a0.enosys.int-min", -2147483647L - 1);
}
