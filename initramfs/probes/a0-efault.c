/*
 * Proves: a bad pointer answers -EFAULT (-14), moves no data, and the kernel lives. Asked of the console and of a pipe,
 * never of /dev/null, which does not look at its data.
 * Spec: phases.md A0 (bad pointers -> -EFAULT; a buffer whose second page is unmapped -> EFAULT or a short count).
 * System calls: read, write, pipe2, mmap, munmap.
 */
#include "probe.h"

#define KERNEL_HALF 0xffff000000001000ul
#define NON_CANONICAL 0x00f0000000001000ul

static int pipe_ends[2];

static byte drained[64];

/* Takes out what lies in the pipe, and says how many bytes it was. */
static long drain(void) {
  byte end = 0xee;
  sys(SYS_write, pipe_ends[1], &end, 1); /* so that the read never blocks */
  return sys(SYS_read, pipe_ends[0], drained, sizeof drained) - 1;
}

static void expect_no_write(const char *tty_id, const char *pipe_id, const void *pointer, size length) {
  expect_equal(tty_id, sys(SYS_write, 1, pointer, length), -EFAULT);
  long result = sys(SYS_write, pipe_ends[1], pointer, length);
  long leaked = drain();
  expect_true(pipe_id, result == -EFAULT && leaked == 0, "-14 and an empty pipe", result == -EFAULT ? leaked : result);
}

static void expect_no_read(const char *id, void *pointer) {
  byte data[8] = "payload";
  sys(SYS_write, pipe_ends[1], data, sizeof data);
  expect_equal(id, sys(SYS_read, pipe_ends[0], pointer, sizeof data), -EFAULT);
  drain();
}

/* A buffer of 32 bytes, the second half of it in a page that is gone. */
static void half_mapped_buffer(void) {
  byte *pages = (byte *)sys(SYS_mmap, 0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  long unmapped = (long)pages < 0 && (long)pages > -PAGE ? (long)pages : sys(SYS_munmap, pages + PAGE, PAGE);
  if (unmapped != 0) return fail_expected("a0.efault.half-mapped-write", "two pages and one taken away", unmapped);
  byte *buffer = pages + PAGE - 16;
  for (int i = 0; i < 16; i++) buffer[i] = (byte)(0x40 + i);

  long wrote = sys(SYS_write, pipe_ends[1], buffer, 32);
  long arrived = drain(), right = 0;
  while (right < arrived && right < 16 && drained[right] == 0x40 + right) right++;
  int honest = wrote == -EFAULT ? arrived == 0 : wrote > 0 && wrote <= 16 && arrived == wrote && right == wrote;
  expect_true("a0.efault.half-mapped-write", honest, "-14 and nothing in the pipe, or a short count and as many bytes", wrote);

  byte data[32] = {0};
  sys(SYS_write, pipe_ends[1], data, sizeof data);
  long got = sys(SYS_read, pipe_ends[0], buffer, 32);
  expect_true("a0.efault.half-mapped-read", got == -EFAULT || (got > 0 && got <= 16), "-14 or a short count", got);
  sys(SYS_munmap, pages, PAGE);
}

PROBE("a0-efault") {
  long made = sys(SYS_pipe2, pipe_ends, 0);
  expect_equal("a0.efault.pipe", made, 0);
  if (made != 0) return;
  static const byte good[16] = "sixteen bytes..";
  expect_no_write("a0.efault.tty-null", "a0.efault.pipe-null", 0, 16);
  expect_no_write("a0.efault.tty-kernel-half", "a0.efault.pipe-kernel-half", (void *)KERNEL_HALF, 16);
  expect_no_write("a0.efault.tty-top", "a0.efault.pipe-top", (void *)-16l, 16);
  expect_no_write("a0.efault.tty-non-canonical", "a0.efault.pipe-non-canonical", (void *)NON_CANONICAL, 16);
  expect_no_write("a0.efault.tty-length-wraps", "a0.efault.pipe-length-wraps", good, 0 - (size)good + 16);
  expect_no_read("a0.efault.read-null", 0);
  expect_no_read("a0.efault.read-kernel-half", (void *)KERNEL_HALF);
  expect_no_read("a0.efault.read-non-canonical", (void *)NON_CANONICAL);
  expect_no_read("a0.efault.read-into-text", (void *)(size)probe_body);
  expect_equal("a0.efault.result-pointer", sys(SYS_pipe2, KERNEL_HALF, 0), -EFAULT);
  half_mapped_buffer();
}
