/*
 * Proves: /dev/ptmx gives pairs of terminals, each with a number and a slave of its own, locked until it is unlocked; many at
 * once; the numbers of closed ones are given again.
 * Spec: phases.md A2 (/dev/ptmx and /dev/pts/N: open, unlockpt, grantpt, many pairs, reuse of numbers); pty(7), pts(4).
 * System calls: openat, close, ioctl, fstat, getuid, read, write, ppoll.
 */
#include "terminals.h"

enum { MANY = 64, ROUNDS = 300, PTS_MAJOR = 136, MAJORS_OF_SLAVES = 8 };

static struct pair pairs[MANY];

static void one(void) {
  unsigned number;
  long master = open_master();
  expect_true("a2.ptmx.open", master >= 0, "a descriptor", master);
  expect_equal("a2.ptmx.number", number_of(master, &number), 0);
  expect_equal("a2.ptmx.locked", open_slave(number, O_NOCTTY), -EIO);
  expect_equal("a2.ptmx.unlock", set_lock(master, 0), 0);
  long slave = open_slave(number, O_NOCTTY);
  expect_true("a2.ptmx.slave", slave >= 0, "a descriptor", slave);

  struct file_status status = status_of_file(slave);
  unsigned long major = status.special_device >> 8 & 0xfff;
  expect_equal("a2.ptmx.slave-is-a-device", status.mode & S_IFMT, S_IFCHR);
  expect_true("a2.ptmx.slave-major", major >= PTS_MAJOR && major < PTS_MAJOR + MAJORS_OF_SLAVES, "136 to 143", (long)major);
  /* What grantpt(3) relies on: the slave is its opener's, and others can't read what is typed there. */
  expect_equal("a2.ptmx.slave-owner", status.owner, sys(SYS_getuid));
  expect_equal("a2.ptmx.slave-closed-to-others", status.mode & 07, 0);
  struct terminal_modes modes;
  expect_equal("a2.ptmx.slave-is-a-terminal", sys(SYS_ioctl, slave, TCGETS, &modes), 0);

  struct pair another = open_pair();
  expect_true("a2.ptmx.another-number", another.slave >= 0 && another.number != number, "another number", another.number);
  write_text(another.master, "x\n");
  expect_true("a2.ptmx.apart", stays_silent(slave), "nothing of what is typed at another", ready(slave, POLLIN));
  close_pair(&another);
  close_file(slave);
  close_file(master);
  expect_equal("a2.ptmx.gone", open_slave(number, O_NOCTTY), -ENOENT);
}

static unsigned highest;

static void many(void) {
  long opened = 0, distinct = 0, carried = 0;
  for (int i = 0; i < MANY; i++) {
    pairs[i] = open_pair();
    opened += pairs[i].slave >= 0;
    int known = 0;
    for (int j = 0; j < i; j++) known |= pairs[j].number == pairs[i].number;
    distinct += !known;
    if (pairs[i].number > highest) highest = pairs[i].number;
  }
  expect_equal("a2.ptmx.many", opened, MANY);
  expect_equal("a2.ptmx.many-distinct", distinct, MANY);
  /* All are written before any is read: what goes astray shows up at another one. */
  for (int i = 0; i < MANY; i++) {
    char text[3] = {(char)('!' + i), '\n', 0};
    make_cooked(pairs[i].slave, ICANON);
    write_text(pairs[i].master, text);
  }
  for (int i = 0; i < MANY; i++) {
    char text[3] = {(char)('!' + i), '\n', 0};
    carried += comes(pairs[i].slave, text, 2);
  }
  expect_equal("a2.ptmx.many-carry-their-own", carried, MANY);
  for (int i = 0; i < MANY; i++) close_pair(&pairs[i]);
}

static void again(void) {
  long opened = 0, above = 0;
  for (int i = 0; i < ROUNDS; i++) {
    struct pair pair = open_pair();
    opened += pair.slave >= 0;
    above += pair.number > highest;
    close_pair(&pair);
  }
  expect_equal("a2.ptmx.again", opened, ROUNDS);
  expect_equal("a2.ptmx.numbers-given-again", above, 0);
}

PROBE("a2-ptmx") {
  one();
  many();
  again();
}
