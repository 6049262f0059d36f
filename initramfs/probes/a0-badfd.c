/*
 * Proves: a file descriptor that is not open answers -EBADF (-9).
 * Spec: phases.md A0 (bad fd -> -EBADF).
 * System calls: read, write, close, fstat, lseek, dup.
 */
#include "probe.h"

PROBE("a0-badfd") {
  char buffer[256] = {0};
  expect_equal("a0.badfd.write-minus-one", sys(SYS_write, -1, buffer, 1), -EBADF);
  expect_equal("a0.badfd.write-unopened", sys(SYS_write, 77, buffer, 1), -EBADF);
  expect_equal("a0.badfd.write-int-max", sys(SYS_write, 0x7fffffff, buffer, 1), -EBADF);
  expect_equal("a0.badfd.read", sys(SYS_read, 77, buffer, 1), -EBADF);
  expect_equal("a0.badfd.close", sys(SYS_close, 77), -EBADF);
  expect_equal("a0.badfd.fstat", sys(SYS_fstat, 77, buffer), -EBADF);
  expect_equal("a0.badfd.lseek", sys(SYS_lseek, 77, 0, 0), -EBADF);
  expect_equal("a0.badfd.dup", sys(SYS_dup, 77), -EBADF);

  long copy = sys(SYS_dup, 1);
  if (copy >= 0) sys(SYS_close, copy);
  expect_equal("a0.badfd.write-closed", copy < 0 ? copy : sys(SYS_write, copy, buffer, 1), -EBADF);
}
