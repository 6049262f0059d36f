/*
 * Proves: the kernel's log ring can be read, every record bears a level, time stamps never go back, and
 * no message is of level err or worse.
 * Spec: phases.md A0 (kernel log ring readable, in order, with levels); syslog(2).
 * System calls: syslog.
 */
#include "probe.h"

enum { KERN_ERR = 3, LEVEL_MASK = 7 };
enum { SYSLOG_ACTION_READ_ALL = 3, SYSLOG_ACTION_SIZE_BUFFER = 10 };

static char ring[1 << 20];

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Microseconds of a stamp such as "[    1.234567]", or -1. */
static long stamp_at(const char *p, const char *end) {
  long value = 0;
  if (p >= end || *p++ != '[') return -1;
  for (; p < end && *p != ']'; p++)
    if (is_digit(*p)) value = value * 10 + (*p - '0');
  return p < end ? value : -1;
}

PROBE("a0-klog") {
  long length = sys(SYS_syslog, SYSLOG_ACTION_READ_ALL, ring, sizeof ring);
  expect_true("a0.klog.readable", length > 0, "a log that is not empty", length);
  long records = 0, without_level = 0, errors = 0, backwards = 0, latest = 0;
  const char *end = ring + (length > 0 ? length : 0);
  for (const char *line = ring; line < end; records++) {
    const char *p = line;
    if (*p == '<' && p + 2 < end && is_digit(p[1])) {
      long priority = 0;
      for (p++; p < end && is_digit(*p); p++) priority = priority * 10 + (*p - '0');
      errors += (priority & LEVEL_MASK) <= KERN_ERR;
      if (p < end) p++;
    } else {
      without_level++;
    }
    long stamp = stamp_at(p, end);
    if (stamp >= 0) {
      backwards += stamp < latest;
      latest = stamp;
    }
    while (line < end && *line++ != '\n') continue;
  }
  metric("klog_records", records);
  metric("klog_ring_bytes", sys(SYS_syslog, SYSLOG_ACTION_SIZE_BUFFER));
  expect_true("a0.klog.records", records >= 10, "10 records or more", records);
  expect_equal("a0.klog.levels", without_level, 0);
  expect_equal("a0.klog.order", backwards, 0);
  expect_equal("a0.klog.no-errors", errors, 0);
}
