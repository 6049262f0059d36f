/*
 * Proves: what one writes to a MAP_SHARED mapping, all see that share it: parent and child, two mappings, and the file by
 * read and write. A private mapping of a file keeps its writes to itself.
 * Spec: phases.md A1 (MAP_SHARED); mmap(2).
 * System calls: mmap, munmap, msync, openat, read, write, lseek, ftruncate, unlinkat, close, clone, wait4, kill, nanosleep,
 * clock_gettime, exit_group.
 */
#include "files.h"
#include "mapping.h"

#define PATH "/tmp/a1-shared"

enum { MS_SYNC = 4 };

static volatile byte *shared;
static struct turn turn;

static int child_answers(void) {
  await_turn(&turn);
  int seen = shared[0];
  shared[PAGE] = 22;
  return seen;
}

static void between_processes(const char *seen_by_child, const char *seen_by_parent) {
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, child_answers());
  shared[0] = 11;
  give_turn(&turn);
  expect_equal(seen_by_child, reap(child), 11 << 8);
  expect_equal(seen_by_parent, shared[PAGE], 22);
}

static byte *map_file(long descriptor, long sharing, long offset) {
  return (byte *)sys(SYS_mmap, 0, 2 * PAGE, PROT_READ | PROT_WRITE, sharing, descriptor, offset);
}

static byte byte_at(long descriptor, long offset) {
  byte value = 0xff;
  seek(descriptor, offset, SEEK_SET);
  sys(SYS_read, descriptor, &value, 1);
  return value;
}

static void write_at(long descriptor, long offset, byte value) {
  seek(descriptor, offset, SEEK_SET);
  sys(SYS_write, descriptor, &value, 1);
}

static void file_mappings(long descriptor) {
  byte *one = map_file(descriptor, MAP_SHARED, 0), *two = map_file(descriptor, MAP_SHARED, PAGE);
  byte *own = map_file(descriptor, MAP_PRIVATE, 0);
  int mapped = !is_error((long)one) && !is_error((long)two) && !is_error((long)own);
  expect_true("a1.shared.file-mapped", mapped, "three mappings", (long)one);
  if (!mapped) return;
  one[5] = 55;
  expect_equal("a1.shared.store-read", byte_at(descriptor, 5), 55);
  write_at(descriptor, 6, 66);
  expect_equal("a1.shared.write-load", one[6], 66);
  one[PAGE + 7] = 77;
  expect_equal("a1.shared.two-mappings", two[7], 77);
  own[8] = 88;
  expect_equal("a1.shared.private-not-in-file", byte_at(descriptor, 8), 0);
  expect_equal("a1.shared.private-not-shared", one[8], 0);
  expect_equal("a1.shared.private-kept", own[8], 88);
  expect_equal("a1.shared.msync", sys(SYS_msync, one, 2 * PAGE, MS_SYNC), 0);

  shared = one;
  between_processes("a1.shared.file-to-child", "a1.shared.file-to-parent");
  expect_equal("a1.shared.file-from-child", byte_at(descriptor, PAGE), 22);

  sys(SYS_munmap, one, 2 * PAGE);
  sys(SYS_munmap, two, 2 * PAGE);
  sys(SYS_munmap, own, 2 * PAGE);
  expect_equal("a1.shared.outlives-mapping", byte_at(descriptor, PAGE + 7), 77);
}

/* Of a mapping the pages wholly beyond the file's end are SIGBUS. */
static void beyond_the_end(long descriptor) {
  byte *pages = map_file(descriptor, MAP_SHARED, 0);
  sys(SYS_ftruncate, descriptor, PAGE);
  expect_equal("a1.shared.within-end", signal_of_load(pages), 0);
  expect_equal("a1.shared.beyond-end", signal_of_load(pages + PAGE), SIGBUS);
  sys(SYS_munmap, pages, 2 * PAGE);
}

PROBE("a1-shared") {
  shared = map_pages(2, PROT_READ | PROT_WRITE, MAP_SHARED);
  make_turn(&turn);
  expect_true("a1.shared.mapped", !is_error((long)shared), "two shared pages", (long)shared);
  if (is_error((long)shared)) return;
  between_processes("a1.shared.to-child", "a1.shared.to-parent");
  sys(SYS_munmap, shared, 2 * PAGE);

  long descriptor = open_file(PATH, O_RDWR | O_CREAT | O_TRUNC);
  expect_equal("a1.shared.file", descriptor < 0 ? descriptor : sys(SYS_ftruncate, descriptor, 3 * PAGE), 0);
  if (descriptor < 0) return;
  file_mappings(descriptor);
  beyond_the_end(descriptor);
  close_file(descriptor);
  long reader = open_file(PATH, O_RDONLY);
  expect_equal("a1.shared.read-only-file", (long)map_file(reader, MAP_SHARED, 0), -EACCES);
  close_file(reader);
  expect_equal("a1.shared.closed-file", (long)map_file(reader, MAP_SHARED, 0), -EBADF);
  remove_file(PATH);
}
