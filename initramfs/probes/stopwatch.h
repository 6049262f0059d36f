/*
 * Figures of one thing done many times: how long each took, by the counter, in nanoseconds.
 */
#pragma once

#include "children.h"
#include "samples.h"

enum { MOST_SAMPLES = 10000 };

static struct {
  long samples[MOST_SAMPLES], count;
  unsigned long start_ticks, last_ticks;
} watch;

static inline long nanoseconds(long ticks) {
  return ticks * 1000000000 / counter_hz();
}

static inline void start_watch(void) {
  watch.count = 0;
  watch.start_ticks = watch.last_ticks = read_counter();
}

/* Since the last sample, or the start. */
static inline void take_sample(void) {
  unsigned long now = read_counter();
  watch.samples[watch.count++] = (long)(now - watch.last_ticks);
  watch.last_ticks = now;
}

/*
 * Prints <name>_ns_p50, <name>_ns_p99 and how many samples they are of, and <name>_all_ns, the time from start to stop: it shows what is too
 * small for a single sample.
 */
static inline void stop_watch(const char *name) {
  long all = nanoseconds((long)(read_counter() - watch.start_ticks));
  struct line line = {.length = 0};
  put(put(&line, name), "_ns");
  line.text[line.length] = 0;
  for (long i = 0; i < watch.count; i++) watch.samples[i] = nanoseconds(watch.samples[i]);
  metric_percentiles(line.text, watch.samples, watch.count);
  metric_part(name, "_all_ns", all);
}
