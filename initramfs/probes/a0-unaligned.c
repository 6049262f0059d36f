/*
 * Proves: buffers and result pointers need no alignment, not even across a page's end.
 * Spec: phases.md A0 (unaligned buffers work).
 * System calls: pipe2, write, read, clock_gettime.
 */
#include "probe.h"

static byte pages[3 * PAGE] __attribute__((aligned(4096)));

static long copy_through_pipe(const int *ends, byte *from, byte *to, size length) {
  long wrote = sys(SYS_write, ends[1], from, length);
  return wrote == (long)length ? sys(SYS_read, ends[0], to, length) : wrote;
}

/* Sends `length` bytes from each offset to another one; returns the first offset that went wrong, or -1. */
static long first_wrong_offset(const int *ends, byte *source, byte *target, size length) {
  for (long offset = 0; offset < 16; offset++) {
    byte *from = source + offset, *to = target + (15 - offset);
    for (size i = 0; i < length; i++) {
      from[i] = (byte)(i * 7 + (size)offset);
      to[i] = 0;
    }
    if (copy_through_pipe(ends, from, to, length) != (long)length) return offset;
    for (size i = 0; i < length; i++)
      if (to[i] != (byte)(i * 7 + (size)offset)) return offset;
  }
  return -1;
}

PROBE("a0-unaligned") {
  int ends[2];
  long made = sys(SYS_pipe2, ends, 0);
  expect_equal("a0.unaligned.pipe", made, 0);
  if (made != 0) return;
  expect_equal("a0.unaligned.within-page", first_wrong_offset(ends, pages, pages + PAGE, 100), -1);
  expect_equal("a0.unaligned.across-pages", first_wrong_offset(ends, pages + PAGE - 24, pages + 2 * PAGE - 24, 48), -1);

  struct timespec *odd = (struct timespec *)(pages + PAGE - 5);
  odd->nanoseconds = -1;
  long answered = sys(SYS_clock_gettime, CLOCK_MONOTONIC, odd);
  expect_equal("a0.unaligned.result-pointer", answered, 0);
  expect_true("a0.unaligned.result-value", odd->nanoseconds >= 0 && odd->nanoseconds < 1000000000, "0 to 999999999 ns", odd->nanoseconds);
}
