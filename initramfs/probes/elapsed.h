/*
 * How long a call took that had to wait: never less than it was told to, and not grossly more.
 */
#pragma once

#include "children.h"

enum { LATE_MS = 5000 };

static inline struct timespec milliseconds(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  return time;
}

static inline void expect_elapsed(const char *id, long start_ns, long at_least_ms) {
  long elapsed = now_ns() - start_ns, least = at_least_ms * 1000000;
  expect_true(id, elapsed >= least && elapsed < least + LATE_MS * 1000000l, "no less than was asked for, and 5 s more at most", elapsed);
}
