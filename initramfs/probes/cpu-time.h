/*
 * The CPU time that the kernel counts for the calling process (clock_gettime(2)).
 */
#pragma once

#include "probe.h"

enum { CLOCK_PROCESS_CPUTIME_ID = 2 };

static inline long cpu_ns(void) {
  struct timespec used = {0, 0};
  sys(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.seconds * 1000000000 + used.nanoseconds;
}
