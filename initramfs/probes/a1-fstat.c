/*
 * Proves: fstat says what a descriptor is, how large, whose, and how often it is linked, and a write shows in size and time.
 * Spec: phases.md A1 (fstat); inode(7).
 * System calls: fstat, openat, write, pipe2, getuid, getgid, mkdirat, unlinkat, nanosleep, close.
 */
#include "files.h"

#define FOLDER "/tmp/a1-fstat"
#define PATH FOLDER "/file"
#define OTHER FOLDER "/other"

enum { NULL_DEVICE = 1 << 8 | 3, TICK_MS = 30 }; /* devices.txt: 1, 3 */

static long nanoseconds(struct timespec time) {
  return time.seconds * 1000000000 + time.nanoseconds;
}

static void regular_file(void) {
  long file = open_file(PATH, O_RDWR | O_CREAT | O_EXCL), other = open_file(OTHER, O_RDWR | O_CREAT | O_EXCL);
  struct file_status first = status_of_file(file);
  expect_equal("a1.fstat.mode", first.mode, S_IFREG | 0640);
  expect_equal("a1.fstat.empty", first.bytes, 0);
  expect_equal("a1.fstat.links", (long)first.links, 1);
  expect_equal("a1.fstat.owner", first.owner, sys(SYS_getuid));
  expect_equal("a1.fstat.group", first.group, sys(SYS_getgid));
  int is_time = first.modified.seconds > 0 && first.modified.nanoseconds < 1000000000;
  expect_true("a1.fstat.time", is_time, "a time after 1970", first.modified.seconds);

  sleep_ms(TICK_MS);
  write_text(file, "twelve bytes");
  struct file_status second = status_of_file(file);
  expect_equal("a1.fstat.bytes", second.bytes, 12);
  expect_true("a1.fstat.blocks", second.blocks > 0 && second.block_size > 0, "1 block or more, of a size", second.blocks);
  long later = nanoseconds(second.modified) - nanoseconds(first.modified);
  expect_true("a1.fstat.modified-later", later > 0 && later < 60000000000, "up to a minute later", later);
  expect_equal("a1.fstat.same-inode", (long)(second.inode - first.inode), 0);

  struct file_status another = status_of_file(other);
  expect_true("a1.fstat.other-inode", another.inode != first.inode, "inode numbers that differ", (long)another.inode);
  expect_equal("a1.fstat.same-device", (long)(another.device - first.device), 0);
  remove_file(PATH);
  expect_equal("a1.fstat.unlinked", (long)status_of_file(file).links, 0);
  remove_file(OTHER);
  close_file(file);
  close_file(other);
}

static void kinds(void) {
  int ends[2] = {-1, -1};
  long folder = open_file(FOLDER, O_RDONLY | O_DIRECTORY), null = open_file("/dev/null", O_RDONLY);
  sys(SYS_pipe2, ends, 0);
  expect_equal("a1.fstat.folder", status_of_file(folder).mode & S_IFMT, S_IFDIR);
  expect_equal("a1.fstat.pipe", status_of_file(ends[0]).mode & S_IFMT, S_IFIFO);
  expect_equal("a1.fstat.character-device", status_of_file(null).mode & S_IFMT, S_IFCHR);
  expect_equal("a1.fstat.device-number", (long)status_of_file(null).special_device, NULL_DEVICE);
}

PROBE("a1-fstat") {
  long made = make_folder(FOLDER);
  expect_equal("a1.fstat.made", made, 0);
  if (made != 0) return;
  regular_file();
  kinds();
  remove_folder(FOLDER);
}
