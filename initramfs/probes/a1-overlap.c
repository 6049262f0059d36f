/*
 * Proves: a program is refused, or dies, even where its damage is such that it could run: segments that overlap, the code's on top, and a file
 * that ends within the last page of a segment, so that a part of its data reads as zero.
 * Spec: phases.md A1 (exec: cut inside a segment, overlapping segments: refused, or the program dies).
 * System calls: execve, openat, write, read, close, unlinkat, pipe2, clone, wait4, exit_group, kill, nanosleep, clock_gettime.
 */
#include "elf-image.h"

#define PATH "/tmp/a1-overlap"

enum { IN_LAST_PAGE = 100 };

/* Makes the code the second segment: what is mapped later comes to lie on top. */
static void swap_segments(void) {
  struct program_header code_segment = image.code;
  image.code = image.data;
  image.data = code_segment;
}

PROBE("a1-overlap") {
  expect_runs("a1.overlap.whole-one-runs", PATH);
  make_image();
  image.code.address = DATA_ADDRESS; /* over the first page of the data; the answer is in the last one */
  image.header.entry = DATA_ADDRESS + CODE_OFFSET;
  swap_segments();
  expect_refused_or_dies("a1.overlap.code-over-data", outcome_of(PATH, sizeof image));
  make_image();
  expect_refused_or_dies("a1.overlap.cut-in-last-page", outcome_of(PATH, PAGE + (DATA_PAGES - 1) * PAGE + IN_LAST_PAGE));
  expect_runs("a1.overlap.whole-one-still-runs", PATH);
}
