/*
 * Proves: nothing that a user may read below /proc and /sys gives a kernel address away: 16 hexadecimal digits of the kernel's half.
 * Spec: phases.md D (no information leak of kernel addresses); proc(5), Linux Documentation/core-api/printk-formats.rst (%pK).
 * System calls: openat, read, close, getdents64, setresuid, setresgid, setgroups, mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "users.h"

enum { DEEPEST = 6, MOST_BYTES = 64 * 1024, LONGEST = 400, DT_DIR = 4, DT_REG = 8, NAME_AT = 19, TYPE_AT = 18, LENGTH_AT = 16 };

static volatile long *files_read, *found;
static byte content[MOST_BYTES + 1];
static long leaks;

static int is_digit(byte c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* -1 is no address. */
static int is_address(const byte *at) {
  long set = 0;
  for (int i = 0; i < 4; i++)
    if (at[i] != 'f') return 0;
  for (int i = 0; i < 16; i++) {
    if (!is_digit(at[i])) return 0;
    set += at[i] == 'f';
  }
  return set < 16 && !is_digit(at[16]);
}

static void scan(const char *path) {
  long file = open_file(path, O_RDONLY | O_NONBLOCK), length = 0, count;
  if (file < 0) return;
  while (length < MOST_BYTES && (count = sys(SYS_read, file, content + length, MOST_BYTES - length)) > 0) length += count;
  close_file(file);
  content[length] = 0;
  ++*files_read;
  for (long i = 0; i + 16 <= length; i++) {
    if ((i > 0 && is_digit(content[i - 1])) || !is_address(content + i)) continue;
    struct line line = {.length = 0};
    byte address[17] = {0};
    memcpy(address, content + i, 16);
    flush(put(put(put(put(&line, "leaked by "), path), ": "), (const char *)address));
    leaks++;
    return;
  }
}

static void walk(const char *folder, long length, int depth) {
  byte entries[2048];
  long list = open_file(folder, O_RDONLY | O_DIRECTORY), count;
  if (list < 0) return;
  while ((count = sys(SYS_getdents64, list, entries, sizeof entries)) > 0) {
    for (long at = 0; at < count; at += *(unsigned short *)(void *)(entries + at + LENGTH_AT)) {
      const char *name = (const char *)entries + at + NAME_AT;
      char path[LONGEST + 260];
      long end = length;
      if (name[0] == '.' || length > LONGEST) continue;
      memcpy(path, folder, (size)length);
      path[end++] = '/';
      while (*name != 0) path[end++] = *name++;
      path[end] = 0;
      if (entries[at + TYPE_AT] == DT_DIR && depth < DEEPEST) walk(path, end, depth + 1);
      if (entries[at + TYPE_AT] == DT_REG) scan(path);
    }
  }
  close_file(list);
}

/* Some thousand files: it takes as long as it takes. */
static long search_as_user(void) {
  int status = -1;
  *found = NOT_TOLD;
  long child = fork_child();
  if (child == 0) {
    if (become(ALICE) != 0) sys(SYS_exit_group, 1);
    walk("/proc", 5, 1);
    walk("/sys", 4, 1);
    *found = leaks;
    sys(SYS_exit_group, 0);
  }
  sys(SYS_wait4, child, &status, 0, 0);
  return status == 0 ? *found : NOT_TOLD;
}

PROBE("d-leaks") {
  files_read = (volatile long *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  found = files_read + 1;
  expect_equal("d.leaks.addresses", search_as_user(), 0);
  expect_true("d.leaks.files", *files_read > 10, "more than 10 files", *files_read);
  metric("files_read", *files_read);
}
