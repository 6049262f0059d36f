/*
 * Proves: /proc/uptime is the time since the boot, to the hundredth of a second, and advances with the guest's clock.
 * Spec: phases.md A2 (/proc/uptime advances with guest time); proc(5).
 * System calls: openat, read, close, clock_gettime, nanosleep.
 */
#include "files.h"
#include "signals.h"

enum { CLOCK_BOOTTIME = 7, READINGS = 20 };

static long boot_centiseconds(void) {
  struct timespec now = {0, 0};
  sys(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
  return now.seconds * 100 + now.nanoseconds / 10000000;
}

/* The first figure in hundredths; -1 where the file has none with two decimals. */
static long uptime_centiseconds(void) {
  char text[64] = {0};
  long descriptor = open_file("/proc/uptime", O_RDONLY), value = 0, decimals = -1;
  sys(SYS_read, descriptor, text, sizeof text - 1);
  close_file(descriptor);
  for (char *at = text; *at != 0 && *at != ' '; at++) {
    if (*at == '.') decimals = 0;
    else if (*at < '0' || *at > '9') return -1;
    else value = value * 10 + *at - '0', decimals += decimals >= 0;
  }
  return decimals == 2 ? value : -1;
}

PROBE("a2-uptime") {
  long right = 0, last = 0, back = 0;
  for (int i = 0; i < READINGS; i++) {
    long before = boot_centiseconds(), told = uptime_centiseconds(), after = boot_centiseconds();
    right += told >= before && told <= after;
    back += told < last;
    last = told;
    sleep_ms(3);
  }
  expect_equal("a2.uptime.equals-clock", right, READINGS);
  expect_equal("a2.uptime.never-back", back, 0);
  long before = uptime_centiseconds();
  sleep_ms(300);
  long passed_by = uptime_centiseconds() - before;
  expect_true("a2.uptime.advances", passed_by >= 29, "at least 29 hundredths over 300 ms", passed_by);
}
