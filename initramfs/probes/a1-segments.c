/*
 * Proves: a program whose segments are cut off, lie where none may lie, or leave no code to run, is refused or dies; the parent and the kernel live.
 * Spec: phases.md A1 (exec: cut inside a segment, overlapping segments: refused, or the program dies; the kernel lives); execve(2).
 * System calls: execve, openat, write, read, close, unlinkat, pipe2, clone, wait4, exit_group, kill, nanosleep, clock_gettime.
 */
#include "elf-image.h"

#define PATH "/tmp/a1-segments"
#define KERNEL_HALF 0xffff000000500000ul
#define HUGE_BYTES (1ul << 46)

static void expect_no_run(const char *id, long length) {
  expect_refused_or_dies(id, outcome_of(PATH, length));
  make_image();
}

static void cut(void) {
  expect_no_run("a1.segments.last-page-cut", PAGE + (DATA_PAGES - 1) * PAGE);
  expect_no_run("a1.segments.data-cut", PAGE);
  expect_no_run("a1.segments.code-cut", CODE_OFFSET);
}

static void misplaced(void) {
  image.data.address = CODE_ADDRESS;
  expect_no_run("a1.segments.data-over-code", sizeof image);
  image.data.address = KERNEL_HALF;
  expect_no_run("a1.segments.data-in-kernel-half", sizeof image);
  image.code.address = KERNEL_HALF;
  image.header.entry = KERNEL_HALF + CODE_OFFSET;
  expect_no_run("a1.segments.code-in-kernel-half", sizeof image);
  image.data.address = 0 - (unsigned long)PAGE;
  expect_no_run("a1.segments.address-wraps", sizeof image);
  image.data.offset = PAGE + 8;
  expect_no_run("a1.segments.offset-and-address-disagree", sizeof image);
}

static void misshapen(void) {
  image.data.memory_bytes = HUGE_BYTES;
  expect_no_run("a1.segments.too-large", sizeof image);
  image.data.memory_bytes = ~0ul;
  expect_no_run("a1.segments.bytes-wrap", sizeof image);
  image.data.memory_bytes = PAGE;
  expect_no_run("a1.segments.larger-in-file-than-memory", sizeof image);
  image.data.offset = ~0ul & ~(unsigned long)(PAGE - 1);
  expect_no_run("a1.segments.offset-wraps", sizeof image);
}

static void no_way_in(void) {
  image.code.flags = PF_R;
  expect_no_run("a1.segments.code-not-executable", sizeof image);
  image.header.entry = 0;
  expect_no_run("a1.segments.entry-null", sizeof image);
  image.header.entry = KERNEL_HALF;
  expect_no_run("a1.segments.entry-in-kernel-half", sizeof image);
  image.header.entry = DATA_ADDRESS;
  expect_no_run("a1.segments.entry-in-data", sizeof image);
}

PROBE("a1-segments") {
  expect_runs("a1.segments.whole-one-runs", PATH);
  make_image();
  cut();
  misplaced();
  misshapen();
  no_way_in();
  expect_runs("a1.segments.whole-one-still-runs", PATH);
}
