/*
 * Proves: 10,000 system calls in a row all answer right, the last ones as fast as the first, and leave neither memory nor
 * file descriptors behind. How long one call takes is recorded, not judged: reading the counter is part of it.
 * Spec: phases.md A0 (10,000 system calls in a loop: no drift, no leak).
 * System calls: getppid, getpid, clock_gettime, pipe2, close, sysinfo.
 */
#include "samples.h"
#include "system-memory.h"

enum { CALLS = 10000, BATCH = 100, BATCHES = CALLS / BATCH, PIPES = 1000 };

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

static long latencies[CALLS];

/* Counter ticks of single calls, as nanoseconds of the kernel's clock: no register says how long a tick is everywhere. */
static void record_latency(void) {
  struct timespec from = {0, 0}, to = {0, 0};
  sys(SYS_clock_gettime, CLOCK_MONOTONIC, &from);
  unsigned long start = read_counter(), previous = start;
  for (int i = 0; i < CALLS; i++) {
    sys(SYS_getpid);
    unsigned long now = read_counter();
    latencies[i] = (long)(now - previous);
    previous = now;
  }
  sys(SYS_clock_gettime, CLOCK_MONOTONIC, &to);
  long ns = (to.seconds - from.seconds) * 1000000000 + to.nanoseconds - from.nanoseconds;
  long ticks = (long)(previous - start);
  if (ticks <= 0) return;
  for (int i = 0; i < CALLS; i++) latencies[i] = latencies[i] * ns / ticks;
  metric_percentiles("getpid_ns", latencies, CALLS);
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

  record_latency();
  metric("getppid_x100_ticks_first", first_half);
  metric("getppid_x100_ticks_last", second_half);
  metric("loop_leaked_kib", before - after);
  expect_equal("a0.loop.answers", wrong_answers, 0);
  expect_true("a0.loop.no-drift", second_half <= 2 * first_half, "at most twice the first half's ticks", second_half);
  expect_equal("a0.loop.no-descriptor-leak", growth, 0);
  expect_true("a0.loop.no-memory-leak", before >= 0 && after >= 0 && before - after <= 512, "at most 512 KiB less free than before", before - after);
}
