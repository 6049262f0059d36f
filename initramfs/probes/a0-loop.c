/*
 * Proves: 10,000 system calls in a row all answer right, the last ones as fast as the first, and leave neither memory nor
 * file descriptors behind.
 * Spec: phases.md A0 (10,000 system calls in a loop: no drift, no leak).
 * System calls: getppid, pipe2, close, sysinfo.
 */
#include "probe.h"

enum { CALLS = 10000, BATCH = 100, BATCHES = CALLS / BATCH, PIPES = 1000 };

struct sysinfo { /* sysinfo(2), 64-bit */
  long uptime;
  unsigned long loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
  unsigned short processes, padding;
  unsigned long total_high, free_high;
  unsigned memory_unit;
  byte reserved[64];
};

static long free_kib(void) {
  struct sysinfo info = {.memory_unit = 0};
  if (sys(SYS_sysinfo, &info) != 0) return -1;
  return (long)(info.free_ram * (info.memory_unit == 0 ? 1 : info.memory_unit) / 1024);
}

static long wrong_answers;

/* Counter ticks that the fastest of half of all batches took: the least disturbed by interrupts and by the host. */
static long fastest_batch(long expected) {
  long fastest = -1;
  for (int batch = 0; batch < BATCHES / 2; batch++) {
    unsigned long start = read_counter();
    for (int i = 0; i < BATCH; i++) wrong_answers += sys(SYS_getppid) != expected;
    long ticks = (long)(read_counter() - start);
    if (fastest < 0 || ticks < fastest) fastest = ticks;
  }
  return fastest;
}

/* Opens and closes many pipes; the number of the first descriptor must not grow. Returns by how much it did. */
static long descriptor_growth(void) {
  int ends[2];
  long first = -1, last = -1;
  for (int i = 0; i < PIPES; i++) {
    long made = sys(SYS_pipe2, ends, 0);
    if (made != 0) return made;
    last = ends[0];
    if (first < 0) first = last;
    sys(SYS_close, ends[0]);
    sys(SYS_close, ends[1]);
  }
  return last - first;
}

PROBE("a0-loop") {
  long parent = sys(SYS_getppid);
  fastest_batch(parent); /* cold code out of the way */
  descriptor_growth();
  wrong_answers = 0;
  long before = free_kib();
  long first_half = fastest_batch(parent), second_half = fastest_batch(parent);
  long growth = descriptor_growth();
  long after = free_kib();

  metric("getppid_x100_ticks_first", first_half);
  metric("getppid_x100_ticks_last", second_half);
  metric("loop_leaked_kib", before - after);
  expect_equal("a0.loop.answers", wrong_answers, 0);
  expect_true("a0.loop.no-drift", second_half <= 2 * first_half, "at most twice the first half's ticks", second_half);
  expect_equal("a0.loop.no-descriptor-leak", growth, 0);
  expect_true("a0.loop.no-memory-leak", before >= 0 && after >= 0 && before - after <= 512, "at most 512 KiB less free than before", before - after);
}
