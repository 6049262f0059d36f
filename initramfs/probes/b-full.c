/*
 * Proves: a file system without free blocks, or without free inodes, says ENOSPC, keeps all it has, and goes on once there is room.
 * Spec: phases.md B (ENOSPC and out of inodes: the error is right, nothing lost); write(2), open(2).
 * System calls: openat, write, pread64, fstat, fstatfs, fsync, mkdirat, unlinkat, sync, close.
 */
#include "storage.h"

#define SMALL "/mnt/many"
enum { BYTES = 64 * 1024, MOST_FILES = 100000 };

static unsigned long words[BYTES / 8];

/* How much of the file is what was written: whole pieces, each of its own. */
static long changed_in(long file, long length) {
  long changed = 0;
  for (long at = 0; at + BYTES <= length; at += BYTES) {
    memset(words, 0, sizeof words);
    read_at(file, words, BYTES, at);
    changed += count_changed(words, BYTES, (unsigned long)at);
  }
  return changed;
}

static void no_blocks(void) {
  expect_equal("b.full.kept-made", make_file("/mnt/kept", "made before"), 0);
  long kept = open_file("/mnt/kept", O_RDWR), file = open_file("/mnt/full", O_RDWR | O_CREAT | O_TRUNC), count, length = 0;
  for (;; length += count) {
    fill_randomly(words, BYTES, (unsigned long)length);
    count = sys(SYS_write, file, words, BYTES);
    if (count <= 0) break;
  }
  expect_equal("b.full.error", count, -ENOSPC);
  expect_true("b.full.much", length > 1024 * 1024, "more than 1 MiB was free", length);
  expect_equal("b.full.size", status_of_file(file).bytes, length);
  expect_equal("b.full.nothing-free", (long)file_system_of(file).available_blocks, 0);
  expect_equal("b.full.fsync", sys(SYS_fsync, file), 0);
  expect_equal("b.full.error-again", write_at(file, words, BYTES, length + BYTES), -ENOSPC);
  /* What has its block already can be written. */
  expect_equal("b.full.overwrite", write_at(kept, "M", 1, 0), 1);
  expect_equal("b.full.forgotten", forget_cached(), 0);
  expect_equal("b.full.content", changed_in(file, length), 0);
  expect_equal("b.full.kept", holds("/mnt/kept", "Made before"), 1);
  expect_equal("b.full.shrink", sys(SYS_ftruncate, file, length / 2 / BYTES * BYTES), 0);
  expect_true("b.full.room-again", file_system_of(file).available_blocks > 0, "free blocks", (long)file_system_of(file).available_blocks);
  expect_equal("b.full.goes-on", make_file("/mnt/after", "made after"), 0);
  expect_equal("b.full.went-on", holds("/mnt/after", "made after"), 1);
  close_file(file);
  close_file(kept);
}

static const char *number_name(struct line *line, long number) {
  line->length = 0;
  put_integer(put(line, SMALL "/"), number);
  line->text[line->length] = 0;
  return line->text;
}

static void no_inodes(void) {
  struct line name;
  long made = 0, error = 0, missing = 0;
  make_folder(SMALL);
  while (made < MOST_FILES && (error = make_file(number_name(&name, made), "")) == 0) made++;
  long folder = open_file(SMALL, O_RDONLY);
  expect_equal("b.full.inodes-error", error, -ENOSPC);
  expect_equal("b.full.inodes-used", (long)file_system_of(folder).free_inodes, 0);
  expect_true("b.full.inodes-not-blocks", file_system_of(folder).available_blocks > 0, "free blocks", (long)file_system_of(folder).available_blocks);
  expect_equal("b.full.inodes-folder", make_folder("/mnt/another"), -ENOSPC);
  expect_equal("b.full.inodes-link", link_file(number_name(&name, 0), "/mnt/link"), 0);
  for (long i = 0; i < made; i++) missing += look_at(number_name(&name, i)).mode == 0;
  expect_equal("b.full.inodes-kept", missing, 0);
  remove_file(number_name(&name, 1));
  expect_equal("b.full.inode-again", make_file("/mnt/one-more", "one more"), 0);
  close_file(folder);
}

PROBE("b-full") {
  no_blocks();
  no_inodes();
}
