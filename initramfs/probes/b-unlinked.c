/*
 * Proves: a file that is unlinked while it is open, or mapped, is a file until the last of these ends, and then its room is free again.
 * Spec: phases.md B (unlink of an open file); unlink(2).
 * System calls: openat, read, write, lseek, fstat, fstatfs, unlinkat, mmap, munmap, sync, close.
 */
#include "storage.h"
#include "mapping.h"

enum { BYTES = 1 << 20 };

static unsigned long words[BYTES / 8];

PROBE("b-unlinked") {
  long folder = open_file("/mnt", O_RDONLY);
  sys(SYS_sync);
  struct file_system before = file_system_of(folder);
  long file = open_file("/mnt/open", O_RDWR | O_CREAT | O_EXCL);
  fill_randomly(words, BYTES, 1);
  expect_equal("b.unlinked.written", write_at(file, words, BYTES, 0), BYTES);
  byte *mapped = (byte *)sys(SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED, file, 0);
  sys(SYS_sync);
  expect_true("b.unlinked.takes-room", before.free_blocks - file_system_of(folder).free_blocks >= BYTES / 4096, "a MiB less free",
              (long)(before.free_blocks - file_system_of(folder).free_blocks));
  expect_equal("b.unlinked.unlink", remove_file("/mnt/open"), 0);
  expect_equal("b.unlinked.name-gone", open_file("/mnt/open", O_RDONLY), -ENOENT);
  expect_equal("b.unlinked.links", status_of_file(file).links, 0);
  expect_equal("b.unlinked.forgotten", forget_cached(), 0);
  memset(words, 0, sizeof words);
  expect_equal("b.unlinked.read", read_at(file, words, BYTES, 0), BYTES);
  expect_equal("b.unlinked.content", count_changed(words, BYTES, 1), 0);
  expect_equal("b.unlinked.grows", write_at(file, "more", 4, BYTES), 4);
  expect_equal("b.unlinked.other-file", make_file("/mnt/open", "another"), 0);
  expect_equal("b.unlinked.room-is-kept", write_at(file, "x", 1, 0), 1);
  expect_equal("b.unlinked.other-untouched", holds("/mnt/open", "another"), 1);
  remove_file("/mnt/open");
  close_file(file);
  expect_equal("b.unlinked.mapped", is_error((long)mapped) ? -1 : mapped[0], 'x');
  sys(SYS_munmap, mapped, PAGE);
  sys(SYS_sync);
  struct file_system after = file_system_of(folder);
  expect_equal("b.unlinked.room-is-back", (long)(before.free_blocks - after.free_blocks), 0);
  expect_equal("b.unlinked.inode-is-back", (long)(before.free_inodes - after.free_inodes), 0);
  close_file(folder);
}
