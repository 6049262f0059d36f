/*
 * Mapped memory by system call, and children that touch an address: the signal that ends them says whether they might
 * (mmap(2), mprotect(2), signal(7)).
 */
#pragma once

#include "children.h"

enum { PROT_NONE = 0, PROT_EXEC = 4, MAP_SHARED = 1, MAP_FIXED_NOREPLACE = 0x100000 };

static inline int is_error(long result) {
  return result < 0 && result > -PAGE;
}

/* New zero pages, or an error value. */
static inline byte *map_pages(long pages, long protection, long sharing) {
  return (byte *)sys(SYS_mmap, 0, pages * PAGE, protection, sharing | MAP_ANONYMOUS, -1, 0);
}

/* How many of the bytes are not `value`. */
static inline long count_other(const volatile byte *bytes, long length, byte value) {
  long others = 0;
  for (long i = 0; i < length; i++) others += bytes[i] != value;
  return others;
}

static inline void fill(volatile byte *bytes, long length, byte value) {
  for (long i = 0; i < length; i++) bytes[i] = value;
}

/* The signal that ended a child which ran `body`, 0 where the child lived on, or what wait4 answered. */
static inline long signal_of(int (*body)(void)) {
  long status = status_of(body);
  return status < 0 ? status : status & 0x7f;
}

static volatile byte *touched;

static inline int load_touched(void) {
  return *touched & 0;
}

static inline int store_touched(void) {
  *touched = 1;
  return 0;
}

static inline int call_touched(void) {
  return ((int (*)(void))(size)touched)();
}

static inline long signal_of_load(const volatile void *address) {
  touched = (volatile byte *)address;
  return signal_of(load_touched);
}

static inline long signal_of_store(const volatile void *address) {
  touched = (volatile byte *)address;
  return signal_of(store_touched);
}

static inline long signal_of_call(const volatile void *address) {
  touched = (volatile byte *)address;
  return signal_of(call_touched);
}
