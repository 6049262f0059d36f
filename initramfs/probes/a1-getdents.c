/*
 * Proves: getdents64 lists each entry of a directory once, with its name, kind and inode, over as many calls as it takes.
 * Spec: phases.md A1 (getdents64); getdents(2).
 * System calls: getdents64, openat, lseek, fstat, mkdirat, unlinkat, close.
 */
#include "files.h"

#define FOLDER "/tmp/a1-getdents"

enum { FILES = 40, BUFFER_BYTES = 256, DT_UNKNOWN = 0, DT_DIR = 4, DT_REG = 8 };

struct entry { /* linux_dirent64 */
  unsigned long inode;
  long offset;
  unsigned short length;
  byte kind;
  char name[];
};

/* What a walk through the folder found. */
static struct {
  long calls, error, dots, folders, others, wrong_kind, wrong_inode;
  long files[FILES];
} seen;
static unsigned long inodes[FILES];

/* Names of many lengths: f, fx, fxx, .. */
static const char *path_of(long number) {
  static char path[sizeof FOLDER + FILES + 8];
  struct line line = {.length = 0};
  put(put(&line, FOLDER), "/f");
  for (long i = 0; i < number; i++) put(&line, "x");
  for (size i = 0; i < line.length; i++) path[i] = line.text[i];
  path[line.length] = 0;
  return path;
}

static int is_same(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

static void note(const struct entry *entry) {
  long number = 0;
  while (number < FILES && !is_same(entry->name, path_of(number) + sizeof FOLDER)) number++;
  int is_folder = is_same(entry->name, "folder"), is_dots = is_same(entry->name, ".") || is_same(entry->name, "..");
  if (number < FILES) {
    seen.files[number]++;
    seen.wrong_inode += entry->inode != inodes[number];
  }
  else if (is_folder) seen.folders++;
  else if (is_dots) seen.dots++;
  else seen.others++;
  if (entry->kind != DT_UNKNOWN) seen.wrong_kind += entry->kind != (number < FILES ? DT_REG : DT_DIR);
}

static void walk(long folder) {
  static _Alignas(8) byte buffer[BUFFER_BYTES];
  memset(&seen, 0, sizeof seen);
  for (long length; (length = sys(SYS_getdents64, folder, buffer, sizeof buffer)) != 0 && seen.calls < 1000; seen.calls++) {
    if (length < 0) seen.error = length;
    if (length < 0) return;
    for (long at = 0; at < length;) {
      const struct entry *entry = (const struct entry *)(buffer + at);
      note(entry);
      if (entry->length == 0) seen.error = -1;
      if (entry->length == 0) return;
      at += entry->length;
    }
  }
}

static long files_seen_once(void) {
  long once = 0;
  for (long i = 0; i < FILES; i++) once += seen.files[i] == 1;
  return once;
}

PROBE("a1-getdents") {
  expect_equal("a1.getdents.made", make_folder(FOLDER), 0);
  make_folder(FOLDER "/folder");
  for (long i = 0; i < FILES; i++) {
    long file = open_file(path_of(i), O_CREAT | O_EXCL | O_WRONLY);
    inodes[i] = status_of_file(file).inode;
    close_file(file);
  }
  long folder = open_file(FOLDER, O_RDONLY | O_DIRECTORY);
  walk(folder);
  expect_equal("a1.getdents.error", seen.error, 0);
  expect_true("a1.getdents.calls", seen.calls > 3 && seen.calls < 1000, "more calls than 3, for a small buffer", seen.calls);
  expect_equal("a1.getdents.files", files_seen_once(), FILES);
  expect_equal("a1.getdents.folder", seen.folders, 1);
  expect_equal("a1.getdents.dots", seen.dots, 2);
  expect_equal("a1.getdents.no-others", seen.others, 0);
  expect_equal("a1.getdents.kinds", seen.wrong_kind, 0);
  expect_equal("a1.getdents.inodes", seen.wrong_inode, 0);

  byte small[8];
  expect_equal("a1.getdents.at-end", sys(SYS_getdents64, folder, small, sizeof small), 0);
  remove_file(path_of(3));
  seek(folder, 0, SEEK_SET);
  expect_equal("a1.getdents.too-small", sys(SYS_getdents64, folder, small, sizeof small), -EINVAL);
  walk(folder);
  expect_equal("a1.getdents.again", files_seen_once(), FILES - 1);
  expect_equal("a1.getdents.unlinked", seen.files[3], 0);

  long file = open_file(path_of(0), O_RDONLY);
  static byte buffer[BUFFER_BYTES];
  expect_equal("a1.getdents.no-folder", sys(SYS_getdents64, file, buffer, sizeof buffer), -ENOTDIR);
  for (long i = 0; i < FILES; i++) remove_file(path_of(i));
  remove_folder(FOLDER "/folder");
  expect_equal("a1.getdents.removed", remove_folder(FOLDER), 0);
}
