/*
 * Free memory, once the kernel has had time to take back what ended programs held: it may free pages a little later.
 */
#pragma once

#include "children.h"
#include "system-memory.h"

/* KiB free as soon as it is `wanted_kib` or more, or after 3 s. */
static inline long settled_free_kib(long wanted_kib) {
  long free = free_kib();
  for (long until = now_ns() + 3000000000; free < wanted_kib && now_ns() < until; free = free_kib()) sleep_ms(20);
  return free;
}
