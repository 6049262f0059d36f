/*
 * Proves: what would change a file system that is mounted for reading is refused with EROFS, each call by itself, and reading works.
 * /mnt is mounted so, and holds `file` with "content" and the empty folder `empty`.
 * Spec: phases.md B (read-only mount -> EROFS); mount(2), and ERRORS of each call.
 * System calls: openat, read, ftruncate, fchmod, fchown, utimensat, unlinkat, mkdirat, renameat2, linkat, symlinkat, mount, statx, close.
 */
#include "storage.h"

#define FILE "/mnt/file"

PROBE("b-readonly") {
  const struct timespec dates[2] = {{1, 0}, {1, 0}};
  expect_equal("b.readonly.read", holds(FILE, "content"), 1);
  expect_equal("b.readonly.open-for-writing", open_file(FILE, O_WRONLY), -EROFS);
  expect_equal("b.readonly.open-truncating", open_file(FILE, O_RDONLY | O_TRUNC), -EROFS);
  expect_equal("b.readonly.create", open_file("/mnt/new", O_WRONLY | O_CREAT), -EROFS);
  long file = open_file(FILE, O_RDONLY);
  expect_equal("b.readonly.chmod", sys(SYS_fchmod, file, 0600), -EROFS);
  expect_equal("b.readonly.chown", sys(SYS_fchown, file, 1, 1), -EROFS);
  close_file(file);
  expect_equal("b.readonly.times", sys(SYS_utimensat, AT_FDCWD, FILE, dates, 0), -EROFS);
  expect_equal("b.readonly.unlink", remove_file(FILE), -EROFS);
  expect_equal("b.readonly.mkdir", make_folder("/mnt/folder"), -EROFS);
  expect_equal("b.readonly.rmdir", remove_folder("/mnt/empty"), -EROFS);
  expect_equal("b.readonly.rename", rename_file(FILE, "/mnt/other"), -EROFS);
  expect_equal("b.readonly.link", link_file(FILE, "/mnt/other"), -EROFS);
  expect_equal("b.readonly.symlink", link_symbolically("file", "/mnt/other"), -EROFS);
  expect_equal("b.readonly.unchanged", holds(FILE, "content"), 1);
  expect_equal("b.readonly.remount", sys(SYS_mount, 0, "/mnt", 0, MS_REMOUNT, 0), 0);
  long written = open_file(FILE, O_RDWR);
  expect_true("b.readonly.writable", written >= 0, "a descriptor", written);
  expect_equal("b.readonly.busy", sys(SYS_mount, 0, "/mnt", 0, MS_REMOUNT | MS_RDONLY, 0), -EBUSY);
  close_file(written);
  expect_equal("b.readonly.remount-read-only", sys(SYS_mount, 0, "/mnt", 0, MS_REMOUNT | MS_RDONLY, 0), 0);
  expect_equal("b.readonly.refuses-again", open_file(FILE, O_WRONLY), -EROFS);
}
