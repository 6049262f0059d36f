/*
 * Proves: the number and all six arguments reach the kernel, each in its own place. mmap(2) is asked again and again with one
 * argument changed, and each change has an outcome of its own.
 * Spec: phases.md A0 (arguments x0-x5, number x8); mmap(2).
 * System calls: getpid, getppid, mmap, munmap, pipe2, write, read.
 */
#include "probe.h"

#define ADDRESS 0x200000000ul
enum { PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS };

static long map(size address, size length, long protection, long flags, long fd, size offset) {
  return sys(SYS_mmap, address, length, protection, flags, fd, offset);
}

/* What read(2) into the page says: 1 where the page may be written, -EFAULT where not. */
static long read_into(long page) {
  int ends[2];
  if (sys(SYS_pipe2, ends, 0) != 0 || sys(SYS_write, ends[1], "x", 1) != 1) return 0;
  return sys(SYS_read, ends[0], page, 1);
}

PROBE("a0-args") {
  expect_equal("a0.args.number-getpid", sys(SYS_getpid), 1);
  expect_equal("a0.args.number-getppid", sys(SYS_getppid), 0);

  long anywhere = map(0, PAGE, PROT_READ | PROT_WRITE, PRIVATE, -1, 0);
  expect_true("a0.args.all-valid", anywhere > 0 && anywhere % PAGE == 0, "a page's address", anywhere);
  expect_equal("a0.args.0-address", map(ADDRESS, PAGE, PROT_READ | PROT_WRITE, PRIVATE | MAP_FIXED, -1, 0), (long)ADDRESS);
  expect_equal("a0.args.1-length", map(0, 0, PROT_READ | PROT_WRITE, PRIVATE, -1, 0), -EINVAL);
  expect_equal("a0.args.2-protection", read_into(map(0, PAGE, PROT_READ, PRIVATE, -1, 0)), -EFAULT);
  expect_equal("a0.args.2-protection-rw", read_into(anywhere), 1);
  expect_equal("a0.args.3-flags", map(0, PAGE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, 0), -EINVAL);
  expect_equal("a0.args.4-fd", map(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1, 0), -EBADF);
  expect_equal("a0.args.5-offset", map(0, PAGE, PROT_READ | PROT_WRITE, PRIVATE, -1, 1), -EINVAL);
  expect_equal("a0.args.result", sys(SYS_munmap, anywhere, PAGE), 0);
}
