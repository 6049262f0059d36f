/*
 * Proves: a raw pair carries every byte both ways, in order, however much; the slave's end is EIO at the master, the master's end is
 * EOF for who reads at the slave and EIO for who writes there.
 * Spec: phases.md A2 (bytes both ways, EOF and EIO on hang-up); pty(7), poll(2).
 * System calls: openat, close, ioctl, read, write, ppoll, clone, wait4, kill, exit_group, clock_gettime, nanosleep.
 */
#include "terminals.h"

enum { VALUES = 256, MUCH = 65536, PIECE = 1000 };

static byte every[VALUES];

static byte at(long position) {
  return (byte)(position * 7 + position / 251);
}

/* Writes MUCH bytes in pieces, taking short counts. */
static int write_much(long descriptor) {
  byte piece[PIECE];
  for (long done = 0; done < MUCH;) {
    long length = MUCH - done < PIECE ? MUCH - done : PIECE;
    for (long i = 0; i < length; i++) piece[i] = at(done + i);
    long count = sys(SYS_write, descriptor, piece, length);
    if (count <= 0) return 1;
    done += count;
  }
  return 0;
}

/* How many bytes came as they should, up to the first that did not. */
static long read_much(long descriptor) {
  byte piece[PIECE];
  for (long done = 0; done < MUCH;) {
    if (!(ready_within(descriptor, POLLIN, PATIENCE_MS) & POLLIN)) return done;
    long count = sys(SYS_read, descriptor, piece, sizeof piece);
    if (count <= 0) return done;
    for (long i = 0; i < count; i++, done++)
      if (piece[i] != at(done)) return done;
  }
  return MUCH;
}

static long carries(long from, long to) {
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, write_much(from));
  long right = read_much(to);
  return reap(child) == 0 ? right : -1;
}

static void both_ways(const struct pair *pair) {
  for (int i = 0; i < VALUES; i++) every[i] = (byte)i;
  expect_equal("a2.bytes.raw", make_raw(pair->slave), 0);
  expect_equal("a2.bytes.typed", sys(SYS_write, pair->master, every, VALUES), VALUES);
  expect_true("a2.bytes.typed-come", comes(pair->slave, (char *)every, VALUES), "0x00 to 0xff", 0);
  expect_equal("a2.bytes.printed", sys(SYS_write, pair->slave, every, VALUES), VALUES);
  expect_true("a2.bytes.printed-come", comes(pair->master, (char *)every, VALUES), "0x00 to 0xff", 0);
  expect_equal("a2.bytes.much-typed", carries(pair->master, pair->slave), MUCH);
  expect_equal("a2.bytes.much-printed", carries(pair->slave, pair->master), MUCH);
  expect_true("a2.bytes.no-more", stays_silent(pair->master) && stays_silent(pair->slave), "nothing at either end", 0);
}

static void hang_up(struct pair *pair) {
  byte got[8];
  write_text(pair->slave, "bye");
  close_file(pair->slave);
  expect_true("a2.bytes.last-words", comes(pair->master, "bye", 3), "what was written before the slave's end", 0);
  expect_equal("a2.bytes.slave-gone-read", sys(SYS_read, pair->master, got, sizeof got), -EIO);
  expect_equal("a2.bytes.slave-gone-poll", ready(pair->master, POLLIN) & POLLHUP, POLLHUP);
  pair->slave = open_slave(pair->number, O_NOCTTY);
  make_raw(pair->slave);
  write_text(pair->slave, "back");
  expect_true("a2.bytes.slave-opened-again", comes(pair->master, "back", 4), "what is written at the slave that was opened again", 0);

  close_file(pair->master);
  expect_equal("a2.bytes.master-gone-read", sys(SYS_read, pair->slave, got, sizeof got), 0);
  expect_equal("a2.bytes.master-gone-write", write_text(pair->slave, "x"), -EIO);
  expect_equal("a2.bytes.master-gone-poll", ready(pair->slave, POLLIN) & POLLHUP, POLLHUP);
  close_file(pair->slave);
}

PROBE("a2-bytes") {
  struct pair pair = open_pair();
  expect_true("a2.bytes.pair", pair.slave >= 0, "a pair", pair.slave);
  both_ways(&pair);
  hang_up(&pair);
}
