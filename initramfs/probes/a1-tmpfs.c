/*
 * Proves: a file system in memory: create, append, truncate, unlink while open, rename, mkdir and rmdir do what they say, and
 * refuse what they must, each by its own system call.
 * Spec: phases.md A1 (tmpfs); unlink(2), rename(2), mkdir(2), rmdir(2), truncate(2).
 * System calls: openat, read, write, lseek, fstat, ftruncate, unlinkat, renameat2, mkdirat, close.
 */
#include "files.h"

#define FOLDER "/tmp/a1-tmpfs"
#define A FOLDER "/a"
#define B FOLDER "/b"
#define SUB FOLDER "/sub"
#define DEEP SUB "/deep"

static long rename_file(const char *from, const char *to) {
  return sys(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void write_file(const char *path, const char *text) {
  long file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_text(file, text);
  close_file(file);
}

static void contents(void) {
  write_file(A, "one");
  expect_equal("a1.tmpfs.create", holds(A, "one"), 1);
  long file = open_file(A, O_RDWR | O_APPEND);
  write_text(file, "two");
  expect_equal("a1.tmpfs.append", holds(A, "onetwo"), 1);
  expect_equal("a1.tmpfs.truncate", sys(SYS_ftruncate, file, 4), 0);
  expect_equal("a1.tmpfs.truncated", holds(A, "onet"), 1);
  sys(SYS_ftruncate, file, 6);
  byte tail[2] = {1, 1};
  seek(file, 4, SEEK_SET);
  expect_equal("a1.tmpfs.grown", sys(SYS_read, file, tail, 2), 2);
  expect_equal("a1.tmpfs.grown-zero", tail[0] + tail[1], 0);
  expect_equal("a1.tmpfs.truncate-negative", sys(SYS_ftruncate, file, -1), -EINVAL);
  close_file(file);
}

static void unlinking(void) {
  write_file(A, "still here");
  long file = open_file(A, O_RDWR);
  expect_equal("a1.tmpfs.unlink", remove_file(A), 0);
  expect_equal("a1.tmpfs.unlinked", open_file(A, O_RDONLY), -ENOENT);
  expect_equal("a1.tmpfs.unlinked-read", reads(file, "still here"), 1);
  write_text(file, "!");
  expect_equal("a1.tmpfs.unlinked-write", status_of_file(file).bytes, 11);
  write_file(A, "new");
  expect_equal("a1.tmpfs.name-again", holds(A, "new"), 1);
  seek(file, 0, SEEK_SET);
  expect_equal("a1.tmpfs.apart", reads(file, "still here!"), 1);
  close_file(file);
  expect_equal("a1.tmpfs.unlink-missing", remove_file(FOLDER "/missing"), -ENOENT);
  expect_equal("a1.tmpfs.unlink-folder", remove_file(FOLDER), -EISDIR);
}

static void renaming(void) {
  write_file(B, "old");
  long old = open_file(B, O_RDONLY);
  expect_equal("a1.tmpfs.rename", rename_file(A, B), 0);
  expect_equal("a1.tmpfs.rename-replaced", holds(B, "new"), 1);
  expect_equal("a1.tmpfs.rename-gone", open_file(A, O_RDONLY), -ENOENT);
  expect_equal("a1.tmpfs.replaced-readable", reads(old, "old"), 1);
  close_file(old);
  expect_equal("a1.tmpfs.rename-missing", rename_file(A, B), -ENOENT);
  make_folder(SUB);
  expect_equal("a1.tmpfs.rename-across", rename_file(B, SUB "/b"), 0);
  expect_equal("a1.tmpfs.renamed-across", holds(SUB "/b", "new"), 1);
  expect_equal("a1.tmpfs.rename-into-itself", rename_file(SUB, DEEP), -EINVAL);
  write_file(A, "file");
  expect_equal("a1.tmpfs.rename-file-to-folder", rename_file(A, SUB), -EISDIR);
  remove_file(A);
  remove_file(SUB "/b");
  remove_folder(SUB);
}

static void folders(void) {
  expect_equal("a1.tmpfs.mkdir", make_folder(SUB), 0);
  expect_equal("a1.tmpfs.mkdir-again", make_folder(SUB), -EEXIST);
  expect_equal("a1.tmpfs.mkdir-deep", make_folder(DEEP), 0);
  expect_equal("a1.tmpfs.mkdir-missing", make_folder(FOLDER "/missing/deep"), -ENOENT);
  expect_equal("a1.tmpfs.rmdir-in-use", remove_folder(SUB), -ENOTEMPTY);
  expect_equal("a1.tmpfs.rmdir-deep", remove_folder(DEEP), 0);
  expect_equal("a1.tmpfs.rmdir", remove_folder(SUB), 0);
  expect_equal("a1.tmpfs.rmdir-gone", open_file(SUB, O_RDONLY), -ENOENT);
  write_file(A, "file");
  expect_equal("a1.tmpfs.rmdir-file", remove_folder(A), -ENOTDIR);
  expect_equal("a1.tmpfs.mkdir-below-file", make_folder(A "/sub"), -ENOTDIR);
  remove_file(A);
}

PROBE("a1-tmpfs") {
  long made = make_folder(FOLDER);
  expect_equal("a1.tmpfs.folder", made, 0);
  if (made != 0) return;
  contents();
  unlinking();
  renaming();
  folders();
  expect_equal("a1.tmpfs.empty-again", remove_folder(FOLDER), 0);
}
