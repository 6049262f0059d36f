/*
 * Proves: a pipe carries bytes in order and whole, ends when its last writer is gone, refuses writes when its last reader is
 * (EPIPE, SIGPIPE), lets its two ends wait for each other, and does not mix small writes.
 * Spec: phases.md A1 (pipe: EPIPE, SIGPIPE, EOF); pipe(7).
 * System calls: pipe2, read, write, close, rt_sigaction, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "files.h"
#include "samples.h"
#include "signals.h"

enum { PIPE_BUF = 4096, RECORDS = 100, RECORD = 512, TRANSFER = 1 << 20, ROUND_TRIPS = 1000 };

static int ends[2];
static byte buffer[PIPE_BUF];

static long make_pipe(long flags) {
  return sys(SYS_pipe2, ends, flags);
}

static void close_ends(void) {
  close_file(ends[0]);
  close_file(ends[1]);
}

static void order_and_end(void) {
  char got[8] = {0};
  expect_equal("a1.pipes.made", make_pipe(0), 0);
  write_text(ends[1], "one");
  write_text(ends[1], "two");
  expect_equal("a1.pipes.part", sys(SYS_read, ends[0], got, 2) == 2 && got[0] == 'o' ? got[1] : -1, 'n');
  expect_equal("a1.pipes.rest", sys(SYS_read, ends[0], got, 8) == 4 && got[0] == 'e' && got[1] == 't' ? got[3] : -1, 'o');
  long twin = sys(SYS_dup, ends[1]);
  write_text(twin, "last");
  close_file(ends[1]);
  close_file(twin);
  expect_equal("a1.pipes.data-before-end", reads(ends[0], "last"), 1);
  expect_equal("a1.pipes.end", sys(SYS_read, ends[0], got, 8), 0);
  close_file(ends[0]);
}

static void without_waiting(void) {
  make_pipe(O_NONBLOCK);
  expect_equal("a1.pipes.empty", sys(SYS_read, ends[0], buffer, 1), -EAGAIN);
  long capacity = 0, count;
  while ((count = sys(SYS_write, ends[1], buffer, PIPE_BUF)) > 0 && capacity < 1 << 26) capacity += count;
  expect_equal("a1.pipes.full", count, -EAGAIN);
  expect_true("a1.pipes.capacity", capacity >= PIPE_BUF && capacity < 1 << 26, "4096 bytes or more, and an end", capacity);
  metric("pipe_capacity_bytes", capacity);
  sys(SYS_read, ends[0], buffer, PIPE_BUF);
  expect_equal("a1.pipes.room-again", sys(SYS_write, ends[1], buffer, PIPE_BUF), PIPE_BUF);
  close_ends();
}

static int write_without_reader(void) {
  write_text(ends[1], "x");
  return 0;
}

/* More than a pipe holds: waits until it is read, or its reader is gone. */
static int write_much(void) {
  close_file(ends[0]);
  for (long i = 0; i < TRANSFER / PIPE_BUF; i++) {
    for (long at = 0; at < PIPE_BUF; at++) buffer[at] = (byte)(at * 7 + i);
    for (long done = 0, count; done < PIPE_BUF; done += count)
      if ((count = sys(SYS_write, ends[1], buffer + done, PIPE_BUF - done)) <= 0) return 1;
  }
  return 0;
}

static void without_reader(void) {
  make_pipe(0);
  /* Before the fork: else a quick child still has its parent for a reader. */
  close_file(ends[0]);
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, write_without_reader());
  expect_equal("a1.pipes.sigpipe", reap(child), SIGPIPE);
  set_action(SIGPIPE, IGNORED, 0, 0);
  expect_equal("a1.pipes.epipe", write_text(ends[1], "x"), -EPIPE);
  set_action(SIGPIPE, DEFAULT_ACTION, 0, 0);
  close_file(ends[1]);

  make_pipe(0);
  child = fork_child();
  if (child == 0) sys(SYS_exit_group, write_much());
  sleep_ms(50);
  close_file(ends[0]);
  expect_equal("a1.pipes.sigpipe-while-waiting", reap(child), SIGPIPE);
  close_file(ends[1]);
}

static void much_data(void) {
  make_pipe(0);
  long child = fork_child(), total = 0, wrong = 0, count;
  if (child == 0) sys(SYS_exit_group, write_much());
  close_file(ends[1]);
  while ((count = sys(SYS_read, ends[0], buffer, 1000)) > 0)
    for (long i = 0; i < count; i++, total++) wrong += buffer[i] != (byte)(total % PIPE_BUF * 7 + total / PIPE_BUF);
  expect_equal("a1.pipes.much", total, TRANSFER);
  expect_equal("a1.pipes.much-intact", wrong, 0);
  expect_equal("a1.pipes.writer-status", reap(child), 0);
  close_file(ends[0]);
}

static int write_records(byte letter) {
  byte record[RECORD];
  memset(record, letter, RECORD);
  for (int i = 0; i < RECORDS; i++)
    if (sys(SYS_write, ends[1], record, RECORD) != RECORD) return 1;
  return 0;
}

/* Writes of up to PIPE_BUF bytes are atomic (pipe(7)). */
static void two_writers(void) {
  make_pipe(0);
  long one = fork_child();
  if (one == 0) sys(SYS_exit_group, write_records('a'));
  long two = fork_child(), whole = 0, mixed = 0;
  if (two == 0) sys(SYS_exit_group, write_records('b'));
  close_file(ends[1]);
  for (long length = 0, count; (count = sys(SYS_read, ends[0], buffer + length, RECORD - length)) > 0;) {
    if ((length += count) < RECORD) continue;
    for (long i = 1; i < RECORD; i++) mixed += buffer[i] != buffer[0];
    whole++;
    length = 0;
  }
  expect_equal("a1.pipes.two-writers", whole, 2 * RECORDS);
  expect_equal("a1.pipes.not-mixed", mixed, 0);
  expect_equal("a1.pipes.two-writers-statuses", reap(one) | reap(two), 0);
  close_file(ends[0]);
}

static void round_trips(void) {
  static long samples[ROUND_TRIPS];
  int there[2], back[2];
  sys(SYS_pipe2, there, 0);
  sys(SYS_pipe2, back, 0);
  long child = fork_child();
  if (child == 0) {
    close_file(there[1]);
    for (byte token; sys(SYS_read, there[0], &token, 1) == 1;) sys(SYS_write, back[1], &token, 1);
    sys(SYS_exit_group, 3);
  }
  close_file(back[1]);
  long right = 0;
  for (long i = 0; i < ROUND_TRIPS; i++) {
    byte token = (byte)i, answer = (byte)~token;
    long start = now_ns();
    sys(SYS_write, there[1], &token, 1);
    sys(SYS_read, back[0], &answer, 1);
    samples[i] = now_ns() - start;
    right += answer == token;
  }
  close_file(there[1]);
  expect_equal("a1.pipes.round-trips", right, ROUND_TRIPS);
  expect_equal("a1.pipes.end-reaches-child", reap(child), 3 << 8);
  metric_percentiles("pipe_round_trip_ns", samples, ROUND_TRIPS);
}

PROBE("a1-pipes") {
  order_and_end();
  without_waiting();
  without_reader();
  much_data();
  two_writers();
  round_trips();
}
