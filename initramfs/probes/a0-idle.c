/*
 * Proves: a program that sleeps leaves the CPU idle, for as long as it asked. The host watches the time that QEMU's vCPU
 * thread uses after "PROBE IDLES"; the probe compares the architecture's counter.
 * Spec: phases.md A0 (idle waits in WFI: the vCPU thread's CPU time stands still); nanosleep(2).
 * System calls: nanosleep.
 */
#include "probe.h"

enum { SLEEP_SECONDS = 3 };

PROBE("a0-idle") {
  struct timespec duration = {SLEEP_SECONDS, 0};
  say("PROBE IDLES 3000 ms");
  unsigned long start = read_counter();
  expect_equal("a0.idle.sleep-result", sys(SYS_nanosleep, &duration, 0), 0);
  long ticks = (long)(read_counter() - start);
#if defined(__aarch64__)
  long hz;
  __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
  expect_true("a0.idle.slept-long-enough", ticks >= SLEEP_SECONDS * hz, "at least 3000 ms", ticks / (hz / 1000));
#else
  expect_true("a0.idle.slept-long-enough", ticks > 0, "time to pass", ticks);
#endif
}
