/*
 * What every probe shares: reporting and the program's frame.
 *
 * A probe is a freestanding static program with one purpose. It runs as PID 1 on a kernel that has nothing but a serial
 * line on fd 1, or as a program that a shell started. It prints
 *   [PASS] <id>   [FAIL] <id> (<expected .., got ..>)   [SKIP] <id> (<reason>)   METRIC <name>=<integer>
 * and, as its last line, PROBE COMPLETE <name> passed=N failed=N. Every line goes out by one write(2), so that no kernel
 * message can split it. What it says to the host while it works ("PROBE AWAITS ..") comes before its first result. In the
 * end PID 1 powers the machine off; any other process exits 0, or 1 where something failed.
 *
 * Usage: PROBE("a0-name") { expect_equal("a0.name.what", sys(SYS_getpid), 1); }
 */
#pragma once

#include "arch.h"

typedef unsigned char byte;
typedef unsigned long size;

/* The compiler may call these even in a freestanding program. */
__attribute__((used)) void *memset(void *to, int value, size length) {
  for (volatile byte *p = to; length > 0; length--) *p++ = (byte)value;
  return to;
}

__attribute__((used)) void *memcpy(void *to, const void *from, size length) {
  volatile byte *p = to;
  for (const byte *q = from; length > 0; length--) *p++ = *q++;
  return to;
}

struct line {
  char text[240];
  size length;
};

static struct line *put(struct line *line, const char *text) {
  while (*text != 0 && line->length < sizeof line->text - 1) line->text[line->length++] = *text++;
  return line;
}

static struct line *put_integer(struct line *line, long value) {
  char digits[21];
  size at = sizeof digits;
  unsigned long rest = value < 0 ? 0 - (unsigned long)value : (unsigned long)value;
  digits[--at] = 0;
  do digits[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (value < 0) digits[--at] = '-';
  return put(line, digits + at);
}

/* Ends the line and writes it in one go, but for what a short count leaves. */
static void flush(struct line *line) {
  line->text[line->length++] = '\n';
  for (size done = 0; done < line->length;) {
    long count = sys(SYS_write, 1, line->text + done, line->length - done);
    if (count <= 0) return;
    done += (size)count;
  }
}

static long passed, failed;

static inline void pass(const char *id) {
  struct line line = {.length = 0};
  passed++;
  flush(put(put(&line, "[PASS] "), id));
}

static inline void fail_expected(const char *id, const char *expected, long got) {
  struct line line = {.length = 0};
  failed++;
  put(put(put(put(&line, "[FAIL] "), id), " (expected "), expected);
  flush(put(put_integer(put(&line, ", got "), got), ")"));
}

static inline void skip(const char *id, const char *reason) {
  struct line line = {.length = 0};
  flush(put(put(put(put(put(&line, "[SKIP] "), id), " ("), reason), ")"));
}

static inline void expect_equal(const char *id, long got, long expected) {
  struct line line = {.length = 0};
  put_integer(&line, expected);
  line.text[line.length] = 0;
  if (got == expected) pass(id);
  else fail_expected(id, line.text, got);
}

/* Passes where `held` is true; `expected` says in words what should have held of `got`. */
static inline void expect_true(const char *id, int held, const char *expected, long got) {
  if (held) pass(id);
  else fail_expected(id, expected, got);
}

static inline void metric(const char *name, long value) {
  struct line line = {.length = 0};
  flush(put_integer(put(put(put(&line, "METRIC "), name), "="), value));
}

static inline void say(const char *text) {
  struct line line = {.length = 0};
  flush(put(&line, text));
}

static void probe_finish(const char *name) {
  struct line line = {.length = 0};
  put(put(put(&line, "PROBE COMPLETE "), name), " passed=");
  flush(put_integer(put(put_integer(&line, passed), " failed="), failed));
  /* By either: a kernel may be wrong about one of them. */
  if (sys(SYS_getpid) != 1 && sys(SYS_getppid) != 0) sys(SYS_exit_group, failed > 0);
  sys(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc); /* LINUX_REBOOT_CMD_POWER_OFF */
  for (;;) wait_for_interrupt();
}

#define PROBE(name)                             \
  static void probe_body(void);                 \
  __attribute__((used)) void probe_start(void) { \
    probe_body();                               \
    probe_finish(name);                         \
  }                                             \
  static void probe_body(void)
