/*
 * ppoll(2), which every architecture has: what is ready, and waits with an end (asm-generic/poll.h).
 */
#pragma once

#include "elapsed.h"
#include "signals.h"

enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32 };

struct polled {
  int descriptor;
  short events, ready;
};

static inline long poll_for(struct polled *polled, long count, long timeout_ms) {
  struct timespec timeout = milliseconds(timeout_ms);
  return sys(SYS_ppoll, polled, count, timeout_ms < 0 ? 0 : &timeout, 0, MASK_BYTES);
}

/* What is ready of one descriptor within a time, or minus the number of the answer where that isn't 1. */
static inline long ready_within(long descriptor, short events, long timeout_ms) {
  struct polled polled = {(int)descriptor, events, 0};
  long answer = poll_for(&polled, 1, timeout_ms);
  return answer == 1 ? polled.ready : -answer;
}

static inline long ready(long descriptor, short events) {
  return ready_within(descriptor, events, 0);
}
