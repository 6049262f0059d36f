/*
 * Proves: a file's times are kept on the disk as they were set: before 1970, beyond 2038 and, where inodes have the room, to the
 * nanosecond; what an inode can't hold becomes the nearest it can, never another century.
 * Spec: phases.md B (times preserved; dates beyond 2038); utimensat(2); Linux, Documentation/filesystems/ext4/inodes.rst ("Inode Timestamps").
 * System calls: openat, write, statx, utimensat, sync, close.
 */
#include "storage.h"

/* 2038-01-19 03:14:07 UTC, the last second of 32 bits; and what the two more bits of ext4's large inodes reach to. */
#define LAST_OF_32_BITS 0x7fffffffl
#define LAST_OF_34_BITS 0x37fffffffl

static const struct {
  const char *path;
  struct timespec time;
} dates[] = {
  {"/mnt/t1901", {-0x80000000l, 0}},
  {"/mnt/t1969", {-1, 0}},
  {"/mnt/t1970", {0, 0}},
  {"/mnt/t2001", {1000000000, 123456789}},
  {"/mnt/t2038", {LAST_OF_32_BITS, 0}},
  {"/mnt/t2040", {LAST_OF_32_BITS + 60l * 86400 * 365 / 30, 987654321}},
  {"/mnt/t2106", {0x100000000l, 1}},
  {"/mnt/t2446", {LAST_OF_34_BITS, 0}},
};
enum { DATES = sizeof dates / sizeof *dates };

/* Whether inodes have the room is seen by what becomes of a nanosecond once it is read from the disk again. */
static int has_room(void) {
  int room = look_at("/mnt/t2001").modified.nanoseconds != 0;
  pass(room ? "b.times.room" : "b.times.no-room");
  return room;
}

PROBE("b-times") {
  long set = 0, wrong_seconds = 0, wrong_nanoseconds = 0, went_back = 0;
  for (int i = 0; i < DATES; i++) {
    const struct timespec both[2] = {dates[i].time, dates[i].time};
    make_file(dates[i].path, "dated");
    set += sys(SYS_utimensat, AT_FDCWD, dates[i].path, both, 0) == 0;
  }
  expect_equal("b.times.set", set, DATES);
  expect_equal("b.times.forgotten", forget_cached(), 0);
  int room = has_room();
  for (int i = 0; i < DATES; i++) {
    struct timespec wanted = dates[i].time;
    struct statx found = look_at(dates[i].path);
    if (!room && wanted.seconds > LAST_OF_32_BITS) wanted.seconds = LAST_OF_32_BITS;
    wrong_seconds += found.modified.seconds != wanted.seconds || found.accessed.seconds != wanted.seconds;
    wrong_nanoseconds += room && (found.modified.nanoseconds != wanted.nanoseconds || found.accessed.nanoseconds != wanted.nanoseconds);
    went_back += dates[i].time.seconds > LAST_OF_32_BITS && found.modified.seconds < LAST_OF_32_BITS;
  }
  expect_equal("b.times.never-another-century", went_back, 0);
  expect_equal("b.times.seconds", wrong_seconds, 0);
  expect_equal("b.times.nanoseconds", wrong_nanoseconds, 0);
  struct statx before = look_at("/mnt/t1970");
  expect_true("b.times.change-time-is-now", before.changed.seconds > 1000000000, "the time of the change itself", before.changed.seconds);
  make_file("/mnt/t1970", "written anew");
  expect_true("b.times.write-sets-it", look_at("/mnt/t1970").modified.seconds > 1000000000, "now", look_at("/mnt/t1970").modified.seconds);
  const struct timespec again[2] = {dates[2].time, dates[2].time};
  sys(SYS_utimensat, AT_FDCWD, "/mnt/t1970", again, 0);
}
