/*
 * Proves: user space may read the architecture's counter, it never goes back, it advances, and its stated frequency is what
 * the kernel's monotonic clock agrees with.
 * Spec: phases.md A0 (CNTVCT_EL0 advances, CNTFRQ_EL0 sane); Arm ARM D11.1 (the generic timer).
 * System calls: clock_gettime. On x86-64 the frequency is measured, as no register states it.
 */
#include "probe.h"

/* A pause of the host between a look at the clock and one at the counter spoils a measurement, not all of them. */
enum { READS = 10000, MEASUREMENTS = 10, WINDOW_NS = 100000000 };

static long now_ns(void) {
  struct timespec now = {0, 0};
  return sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 ? now.seconds * 1000000000 + now.nanoseconds : -1;
}

/* Counter ticks a second while the kernel's clock advances by a window, or -1 if it stands still for very many reads. */
static long measured_hz(void) {
  long from = now_ns(), to = from;
  unsigned long ticks = read_counter();
  for (long reads = 0; to - from < WINDOW_NS; reads++) {
    if (from < 0 || reads > 50000000) return -1;
    to = now_ns();
  }
  return (long)((read_counter() - ticks) * 1000000 / ((unsigned long)(to - from) / 1000));
}

#if defined(__aarch64__)
static long distance(long a, long b) {
  return a > b ? a - b : b - a;
}
#endif

PROBE("a0-timer") {
  unsigned long first = read_counter(), previous = first;
  long backwards = 0;
  for (int i = 0; i < READS; i++) {
    unsigned long value = read_counter();
    backwards += value < previous;
    previous = value;
  }
  expect_equal("a0.timer.never-back", backwards, 0);
  expect_true("a0.timer.advances", previous > first, "more than 0 ticks over 10000 reads", (long)(previous - first));

#if defined(__aarch64__)
  long stated;
  __asm__("mrs %0, cntfrq_el0" : "=r"(stated));
  metric("cntfrq_hz", stated);
  long measured = measured_hz();
  for (int i = 1; i < MEASUREMENTS && measured >= 0; i++) {
    long again = measured_hz();
    if (distance(again, stated) < distance(measured, stated)) measured = again;
  }
  metric("counter_measured_hz", measured);
  expect_true("a0.timer.frequency-sane", stated >= 1000000 && stated <= 10000000000, "1 MHz to 10 GHz", stated);
  expect_true("a0.timer.agrees-with-clock", distance(measured, stated) < stated / 50, "the stated frequency within 2%", measured);
#else
  long measured = measured_hz();
  metric("counter_measured_hz", measured);
  expect_true("a0.timer.frequency-sane", measured >= 1000000 && measured <= 10000000000, "1 MHz to 10 GHz", measured);
#endif
}
