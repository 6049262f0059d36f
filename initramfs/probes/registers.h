/*
 * Fills every register of user space with a pattern, lets something happen, and takes down what they hold afterwards.
 *
 * Usage: fill_patterns(seed); set_call(..) or set_rounds(n); registers_across_syscall() or registers_across_spin(); then
 * changed_registers() says which kinds of registers differ, and NO_CHANGE what they are.
 */
#pragma once

#include "probe.h"

/* A different value for every register and every seed, so that a swap shows as well as a loss. */
static unsigned long pattern(unsigned long seed, unsigned long index) {
  unsigned long mixed = (seed * 0x9e3779b97f4a7c15ul) ^ (index * 0xc2b2ae3d27d4eb4ful);
  return mixed ^ (mixed >> 29);
}

#if defined(__aarch64__)
#include "registers-aarch64.h"
#else
#include "registers-x86-64.h"
#endif
