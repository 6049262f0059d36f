/*
 * Proves: names on a disk's file system: create, unlink, rename over an existing name and across directories, hard links, symbolic
 * links that fit into an inode and that don't, and what of these is refused.
 * Spec: phases.md B; rename(2), link(2), symlink(2), unlink(2), path_resolution(7).
 * System calls: openat, read, write, lseek, fstat, statx, mkdirat, unlinkat, renameat2, linkat, symlinkat, readlinkat, getdents64, close.
 */
#include "storage.h"

#define FOLDER "/mnt/names"
#define A FOLDER "/a"
#define B FOLDER "/b"
#define ONE FOLDER "/one"
#define TWO FOLDER "/two"

static void files(void) {
  expect_equal("b.names.create", make_file(A, "one"), 0);
  expect_equal("b.names.created", holds(A, "one"), 1);
  expect_equal("b.names.create-again", open_file(A, O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
  expect_equal("b.names.unlink", remove_file(A), 0);
  expect_equal("b.names.unlinked", open_file(A, O_RDONLY), -ENOENT);
  expect_equal("b.names.unlink-again", remove_file(A), -ENOENT);
}

static void renames(void) {
  make_file(A, "new");
  make_file(B, "old");
  unsigned long moved = look_at(A).inode;
  long old = open_file(B, O_RDONLY);
  expect_equal("b.names.rename-over", rename_file(A, B), 0);
  expect_equal("b.names.renamed-over", holds(B, "new"), 1);
  expect_equal("b.names.renamed-is-the-same", (long)look_at(B).inode, (long)moved);
  expect_equal("b.names.renamed-is-gone", open_file(A, O_RDONLY), -ENOENT);
  expect_equal("b.names.replaced-is-readable", reads(old, "old"), 1);
  expect_equal("b.names.replaced-has-no-link", status_of_file(old).links, 0);
  close_file(old);
  expect_equal("b.names.rename-across", rename_file(B, ONE "/b"), 0);
  expect_equal("b.names.renamed-across", holds(ONE "/b", "new"), 1);
  expect_equal("b.names.rename-missing", rename_file(B, A), -ENOENT);
  expect_equal("b.names.rename-over-folder", rename_file(ONE "/b", TWO), -EISDIR);
}

/* A folder has a link in its parent, one in itself, and one in each folder below it. */
static void folders(void) {
  make_folder(ONE "/sub");
  make_file(ONE "/sub/file", "below");
  expect_equal("b.names.folder-links", look_at(ONE).links, 3);
  expect_equal("b.names.folder-rename-across", rename_file(ONE "/sub", TWO "/sub"), 0);
  expect_equal("b.names.folder-renamed-across", holds(TWO "/sub/file", "below"), 1);
  expect_equal("b.names.folder-left-links", look_at(ONE).links, 2);
  expect_equal("b.names.folder-new-links", look_at(TWO).links, 3);
  expect_equal("b.names.folder-new-parent", (long)look_at(TWO "/sub/..").inode, (long)look_at(TWO).inode);
  expect_equal("b.names.folder-into-itself", rename_file(TWO, TWO "/sub/two"), -EINVAL);
  expect_equal("b.names.folder-over-full", rename_file(ONE, TWO), -ENOTEMPTY);
  make_folder(FOLDER "/empty");
  expect_equal("b.names.folder-over-empty", rename_file(TWO "/sub", FOLDER "/empty"), 0);
  expect_equal("b.names.folder-replaced", holds(FOLDER "/empty/file", "below"), 1);
  expect_equal("b.names.folder-over-file", rename_file(FOLDER "/empty", ONE "/b"), -ENOTDIR);
  expect_equal("b.names.rmdir-full", remove_folder(FOLDER "/empty"), -ENOTEMPTY);
}

static void hard_links(void) {
  make_file(A, "linked");
  expect_equal("b.names.link", link_file(A, TWO "/a"), 0);
  expect_equal("b.names.link-count", look_at(A).links, 2);
  expect_equal("b.names.link-is-the-same", (long)look_at(TWO "/a").inode, (long)look_at(A).inode);
  make_file(TWO "/a", "through the other name");
  expect_equal("b.names.link-shows", holds(A, "through the other name"), 1);
  expect_equal("b.names.rename-to-other-link", rename_file(A, TWO "/a"), 0);
  expect_equal("b.names.renamed-to-other-link", look_at(A).links, 2);
  remove_file(A);
  expect_equal("b.names.link-stays", holds(TWO "/a", "through the other name"), 1);
  expect_equal("b.names.link-count-less", look_at(TWO "/a").links, 1);
  expect_equal("b.names.link-over", link_file(TWO "/a", ONE "/b"), -EEXIST);
  expect_equal("b.names.link-folder", link_file(ONE, FOLDER "/three"), -EPERM);
  link_file(TWO "/a", A);
}

/* Up to 59 bytes stand in the inode itself, where its block numbers would be (Linux, fs/ext2/namei.c: ext2_symlink). */
enum { LONGEST_TARGET = 1023 };
static char target[LONGEST_TARGET + 1], got[LONGEST_TARGET + 1];

static long link_of(long length) {
  memset(target, 'x', (size)length);
  target[length] = 0;
  for (long i = 0; i + 10 < length; i += 10) target[i] = '/';
  remove_file(FOLDER "/link");
  long made = link_symbolically(target, FOLDER "/link");
  if (made != 0) return made;
  long count = sys(SYS_readlinkat, AT_FDCWD, FOLDER "/link", got, sizeof got);
  for (long i = 0; i < count; i++)
    if (got[i] != target[i]) return -1000 - i;
  return count;
}

static void symbolic_links(void) {
  expect_equal("b.names.symlink", link_symbolically("two/a", FOLDER "/fast"), 0);
  expect_equal("b.names.symlink-leads", holds(FOLDER "/fast", "through the other name"), 1);
  expect_equal("b.names.symlink-kind", look_at(FOLDER "/fast").mode & S_IFMT, S_IFLNK);
  expect_equal("b.names.symlink-length", (long)look_at(FOLDER "/fast").bytes, 5);
  expect_equal("b.names.symlink-1", link_of(1), 1);
  expect_equal("b.names.symlink-59", link_of(59), 59);
  expect_equal("b.names.symlink-60", link_of(60), 60);
  expect_equal("b.names.symlink-1023", link_of(LONGEST_TARGET), LONGEST_TARGET);
  link_symbolically("loop", FOLDER "/loop");
  expect_equal("b.names.symlink-loop", open_file(FOLDER "/loop", O_RDONLY), -ELOOP);
  link_symbolically("nowhere", FOLDER "/dangling");
  expect_equal("b.names.symlink-dangling", open_file(FOLDER "/dangling", O_RDONLY), -ENOENT);
  remove_file(FOLDER "/fast");
  expect_equal("b.names.symlink-removed-not-target", holds(TWO "/a", "through the other name"), 1);
  link_symbolically("two/a", FOLDER "/fast");
}

PROBE("b-names") {
  long made = make_folder(FOLDER);
  expect_equal("b.names.folder", made, 0);
  if (made != 0) return;
  make_folder(ONE);
  make_folder(TWO);
  files();
  renames();
  folders();
  hard_links();
  symbolic_links();
}
