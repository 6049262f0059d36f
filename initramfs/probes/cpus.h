/*
 * On which CPU a thread runs, and may run (sched_setaffinity(2), getcpu(2)).
 */
#pragma once

#include "probe.h"

#if defined(__aarch64__)
enum { SYS_getcpu = 168 };
#else
enum { SYS_getcpu = 309 };
#endif

/* The calling thread, from now on: 0 where it is there when the call returns, an error, or NOT_THERE. */
enum { NOT_THERE = -1000 };

static inline long run_on(long cpu) {
  unsigned long mask = 1ul << cpu;
  unsigned here = ~0u;
  long error = sys(SYS_sched_setaffinity, 0, sizeof mask, &mask);
  if (error == 0) error = sys(SYS_getcpu, &here, 0, 0);
  return error == 0 && here != (unsigned)cpu ? NOT_THERE : error;
}
