/*
 * Proves: a block that the disk can't read, or can't write, is EIO for the program that asked for it, each time, and for no other block.
 * /mnt is on a disk that fails reads of some blocks, /dev/vdb on one that fails writes of some.
 * Spec: phases.md B (a disk whose reads fail: EIO reaches the program); read(2), fsync(2).
 * System calls: openat, pread64, pwrite64, fsync, sync, write, mmap, munmap, clone, wait4, kill, close.
 */
#include "storage.h"
#include "mapping.h"

enum { BYTES = 6 << 20, BLOCK = 4096, BAD_DISK_OFFSET = 4 << 20 };

static unsigned long words[BLOCK / 8] __attribute__((aligned(4096)));

static void reads_fail(void) {
  long file = open_file("/mnt/file", O_RDWR | O_CREAT | O_TRUNC), unwritten = 0, failing = 0, wrong_errors = 0, changed = 0, first_bad = -1;
  for (long at = 0; at < BYTES; at += BLOCK) {
    fill_randomly(words, BLOCK, (unsigned long)at);
    unwritten += write_at(file, words, BLOCK, at) != BLOCK;
  }
  expect_equal("b.failing.written", unwritten, 0);
  expect_equal("b.failing.fsync", sys(SYS_fsync, file), 0);
  expect_equal("b.failing.forgotten", forget_cached(), 0);
  for (long at = 0; at < BYTES; at += BLOCK) {
    memset(words, 0, BLOCK);
    long count = read_at(file, words, BLOCK, at);
    if (count == BLOCK) {
      changed += count_changed(words, BLOCK, (unsigned long)at);
      continue;
    }
    failing++;
    wrong_errors += count != -EIO;
    if (first_bad < 0) first_bad = at;
  }
  expect_true("b.failing.some-fail", failing > 0, "at least one block that can't be read", failing);
  /* The disk fails 16 KiB, which may begin within a block. */
  expect_true("b.failing.others-dont", failing <= 5, "at most 5 blocks", failing);
  expect_equal("b.failing.is-eio", wrong_errors, 0);
  expect_equal("b.failing.others-are-right", changed, 0);
  if (first_bad < 0) return;
  expect_equal("b.failing.again", read_at(file, words, BLOCK, first_bad), -EIO);
  byte *mapped = (byte *)sys(SYS_mmap, 0, BYTES, PROT_READ, MAP_SHARED, file, 0);
  expect_equal("b.failing.mapped", signal_of_load(mapped + first_bad), SIGBUS);
  expect_equal("b.failing.mapped-others", signal_of_load(mapped), 0);
  sys(SYS_munmap, mapped, BYTES);
  close_file(file);
}

static void writes_fail(void) {
  long disk = open_file("/dev/vdb", O_RDWR);
  fill_randomly(words, BLOCK, 1);
  expect_equal("b.failing.good-write", write_at(disk, words, BLOCK, 0), BLOCK);
  expect_equal("b.failing.good-fsync", sys(SYS_fsync, disk), 0);
  expect_equal("b.failing.bad-write", write_at(disk, words, BLOCK, BAD_DISK_OFFSET), BLOCK);
  expect_equal("b.failing.bad-fsync", sys(SYS_fsync, disk), -EIO);
  expect_equal("b.failing.good-fsync-again", write_at(disk, words, BLOCK, 0) == BLOCK ? sys(SYS_fsync, disk) : -1, 0);
  close_file(disk);
  long direct = open_file("/dev/vdb", O_RDWR | O_DIRECT);
  expect_equal("b.failing.bad-direct", write_at(direct, words, BLOCK, BAD_DISK_OFFSET), -EIO);
  close_file(direct);
}

PROBE("b-failing") {
  reads_fail();
  writes_fail();
}
