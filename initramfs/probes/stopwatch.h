/*
 * Figures of one thing done many times: how long each took, by the counter, in nanoseconds of the kernel's clock.
 */
#pragma once

#include "children.h"
#include "samples.h"

enum { MOST_SAMPLES = 10000 };

static struct {
  long samples[MOST_SAMPLES], count, start_ns;
  unsigned long start_ticks, last_ticks;
} watch;

static inline void start_watch(void) {
  watch.count = 0;
  watch.start_ns = now_ns();
  watch.start_ticks = watch.last_ticks = read_counter();
}

/* Since the last sample, or the start. */
static inline void take_sample(void) {
  unsigned long now = read_counter();
  watch.samples[watch.count++] = (long)(now - watch.last_ticks);
  watch.last_ticks = now;
}

/* What lies between is in no sample. */
static inline void resume_watch(void) {
  watch.last_ticks = read_counter();
}

/*
 * Prints <name>_ns_p50, <name>_ns_p99 and how many samples they are of, and <name>_all_ns, the time from start to stop: it shows what is too
 * small for a single sample. No register says how long a tick is everywhere: the clock does.
 */
static inline void stop_watch(const char *name) {
  unsigned long ticks = read_counter() - watch.start_ticks;
  long ns = now_ns() - watch.start_ns;
  struct line line = {.length = 0};
  put(put(&line, name), "_ns");
  line.text[line.length] = 0;
  for (long i = 0; i < watch.count; i++) watch.samples[i] = ticks > 0 ? watch.samples[i] * ns / (long)ticks : -1;
  metric_percentiles(line.text, watch.samples, watch.count);
  metric_part(name, "_all_ns", ns);
}
