/*
 * Figures made of many: the median and the 99th percentile of how long something took.
 */
#pragma once

#include "probe.h"

/* In ascending order, by insertion with falling gaps. */
static inline void sort_samples(long *samples, long count) {
  for (long gap = count / 2; gap > 0; gap /= 2)
    for (long i = gap; i < count; i++)
      for (long j = i; j >= gap && samples[j - gap] > samples[j]; j -= gap) {
        long swapped = samples[j];
        samples[j] = samples[j - gap];
        samples[j - gap] = swapped;
      }
}

static inline void metric_part(const char *name, const char *end, long value) {
  struct line line = {.length = 0};
  put(put(&line, name), end);
  line.text[line.length] = 0;
  metric(line.text, value);
}

/* Prints <name>_p50, <name>_p99, by sorted[floor((n - 1) * p / 100)], and <name>_samples. Sorts the samples. */
static inline void metric_percentiles(const char *name, long *samples, long count) {
  sort_samples(samples, count);
  metric_part(name, "_p50", samples[(count - 1) * 50 / 100]);
  metric_part(name, "_p99", samples[(count - 1) * 99 / 100]);
  metric_part(name, "_samples", count);
}
