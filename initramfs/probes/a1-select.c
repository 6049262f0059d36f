/*
 * Proves: pselect6 leaves in its sets what is ready and nothing else, and waits as long as it was told, or until something
 * becomes ready.
 * Spec: phases.md A1 (select, here pselect6, which every architecture has: with and without time-out); select(2).
 * System calls: pselect6, pipe2, dup3, read, write, close, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "elapsed.h"
#include "files.h"

enum { SHORT_MS = 50, LONG_MS = 20000, WORDS = 2, HIGH = 100 };

typedef unsigned long set[WORDS];

static int ends[2];

static void set_add(set set, int descriptor) {
  set[descriptor / 64] |= 1ul << descriptor % 64;
}

static int set_has(const set set, int descriptor) {
  return set[descriptor / 64] >> descriptor % 64 & 1;
}

static long select_for(set readers, set writers, long timeout_ms) {
  struct timespec timeout = milliseconds(timeout_ms);
  return sys(SYS_pselect6, HIGH + 1, readers, writers, 0, timeout_ms < 0 ? 0 : &timeout, 0);
}

static void at_once(void) {
  set readers = {0}, writers = {0};
  byte got;
  set_add(readers, ends[0]);
  set_add(writers, ends[1]);
  expect_equal("a1.select.writable", select_for(readers, writers, 0), 1);
  expect_equal("a1.select.writable-which", set_has(readers, ends[0]) << 1 | set_has(writers, ends[1]), 1);

  write_text(ends[1], "x");
  sys(SYS_dup3, ends[0], HIGH, 0);
  set_add(readers, ends[0]);
  set_add(readers, HIGH);
  expect_equal("a1.select.all-three", select_for(readers, writers, -1), 3);
  expect_equal("a1.select.all-which", set_has(readers, HIGH) << 2 | set_has(readers, ends[0]) << 1 | set_has(writers, ends[1]), 7);

  sys(SYS_read, ends[0], &got, 1);
  expect_equal("a1.select.nothing", select_for(readers, 0, 0), 0);
  expect_equal("a1.select.nothing-which", (long)(readers[0] | readers[1]), 0);
  sys(SYS_close, HIGH);
  set_add(readers, HIGH);
  expect_equal("a1.select.not-open", select_for(readers, 0, 0), -EBADF);
}

static long start_writer(void) {
  long child = fork_child();
  if (child != 0) return child;
  sleep_ms(SHORT_MS);
  write_text(ends[1], "x");
  sys(SYS_exit_group, 0);
  return 0;
}

static void waiting(void) {
  set readers = {0};
  byte got;
  set_add(readers, ends[0]);
  long start = now_ns();
  expect_equal("a1.select.time-out", select_for(readers, 0, SHORT_MS), 0);
  expect_elapsed("a1.select.time-out-elapsed", start, SHORT_MS);
  expect_equal("a1.select.time-out-which", (long)readers[0], 0);

  for (int limited = 0; limited <= 1; limited++) {
    memset(readers, 0, sizeof(set));
    set_add(readers, ends[0]);
    start = now_ns();
    long child = start_writer();
    expect_equal(limited ? "a1.select.wakes" : "a1.select.wakes-without-time-out", select_for(readers, 0, limited ? LONG_MS : -1), 1);
    if (limited) expect_elapsed("a1.select.wakes-before-time-out", start, 0);
    reap(child);
    sys(SYS_read, ends[0], &got, 1);
  }
}

PROBE("a1-select") {
  /* Without waiting, so that no wrong answer of pselect6 makes a read hang. */
  long made = sys(SYS_pipe2, ends, O_NONBLOCK);
  expect_equal("a1.select.pipe", made, 0);
  if (made != 0) return;
  at_once();
  waiting();
  struct timespec timeout = {0, 0};
  expect_equal("a1.select.negative-count", sys(SYS_pselect6, -1, 0, 0, 0, &timeout, 0), -EINVAL);
}
