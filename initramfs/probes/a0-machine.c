/*
 * Proves: user space is reached on the machine at hand, and timer interrupts arrive: a sleep ends, and not before its time.
 * Meanwhile, after "PROBE IDLES", the host looks at the vCPUs; it holds the RAM that the kernel counts against what it gave.
 * Spec: phases.md A0 (boots with 64 MiB to 4 GiB of RAM, with each CPU, GIC and number of vCPUs); nanosleep(2), sysinfo(2).
 * System calls: getpid, nanosleep, sysinfo.
 */
#include "system-memory.h"

enum { SLEEPS = 10, SLEEP_MS = 100 };

PROBE("a0-machine") {
  struct timespec duration = {0, SLEEP_MS * 1000000};
  say("PROBE IDLES 1000 ms");
  unsigned long start = read_counter();
  long slept = 0;
  for (int i = 0; i < SLEEPS; i++) slept += sys(SYS_nanosleep, &duration, 0) == 0;
  long ticks = (long)(read_counter() - start);
  expect_equal("a0.machine.getpid", sys(SYS_getpid), 1);
  expect_equal("a0.machine.sleeps", slept, SLEEPS);
#if defined(__aarch64__)
  long hz;
  __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
  expect_true("a0.machine.slept-long-enough", ticks >= SLEEPS * SLEEP_MS * (hz / 1000), "at least 1000 ms", ticks / (hz / 1000));
#else
  expect_true("a0.machine.slept-long-enough", ticks > 0, "time to pass", ticks);
#endif
  long total = total_kib();
  metric("ram_total_kib", total);
  expect_true("a0.machine.counts-ram", total > 0, "RAM in sysinfo", total);
}
