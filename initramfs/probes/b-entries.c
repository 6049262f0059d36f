/*
 * Proves: 10,000 names in one folder are each there once and lead to their own file, names of 255 bytes and paths of some thousand are taken,
 * longer ones refused, and an emptied folder can be removed.
 * Spec: phases.md B (10,000 entries in one directory; 255-byte names; deep paths); path_resolution(7), limits(7).
 * System calls: openat, write, read, getdents64, linkat, mkdirat, unlinkat, sync, close.
 */
#include "storage.h"

#define MANY "/mnt/many"
enum { ENTRIES = 10000, NAME_BYTES = 255, DEPTH = 100, PATH_BYTES = 4096 };

static char path[PATH_BYTES + 64];
static byte listing[32768], seen[ENTRIES];

static char *put_text(char *to, const char *from) {
  while (*from != 0) *to++ = *from++;
  *to = 0;
  return to;
}

static const char *entry(long number) {
  char *at = put_text(path, MANY "/entry-");
  for (long divisor = ENTRIES / 10; divisor > 0; divisor /= 10) *at++ = (char)('0' + number / divisor % 10);
  *at = 0;
  return path;
}

/* What getdents64 gives (linux/dirent.h). */
struct entry_record {
  unsigned long inode, offset;
  unsigned short bytes;
  byte kind;
  char name[];
};

/* The number in `entry-0042`; -1 for any other name. */
static long number_of(const char *name) {
  static const char prefix[] = "entry-";
  long number = 0, digits = 0;
  for (long i = 0; prefix[i] != 0; i++)
    if (name[i] != prefix[i]) return -1;
  for (const char *at = name + sizeof prefix - 1; *at != 0; at++, digits++) {
    if (*at < '0' || *at > '9') return -1;
    number = number * 10 + *at - '0';
  }
  return digits == 4 ? number : -1;
}

struct found {
  long listed, foreign, twice;
};

static struct found list_many(void) {
  struct found found = {0, 0, 0};
  long folder = open_file(MANY, O_RDONLY | O_DIRECTORY), count;
  memset(seen, 0, sizeof seen);
  while ((count = sys(SYS_getdents64, folder, listing, sizeof listing)) > 0)
    for (long at = 0; at < count; at += ((struct entry_record *)(listing + at))->bytes) {
      const struct entry_record *record = (const struct entry_record *)(listing + at);
      if (record->name[0] == '.') continue;
      long number = number_of(record->name);
      found.listed++;
      if (number < 0) found.foreign++;
      else if (seen[number]++ > 0) found.twice++;
    }
  if (count < 0) found.listed = count;
  close_file(folder);
  return found;
}

/* Each tenth is a file with its number in it, the others links to the one before: inodes are few, names are many. */
static long make_many(void) {
  char number[8], file[64];
  for (long i = 0; i < ENTRIES; i++) {
    long made;
    if (i % 10 == 0) {
      put_text(number, entry(i) + sizeof MANY + sizeof "entry-" - 1);
      put_text(file, path);
      made = make_file(path, number);
    } else {
      made = link_file(file, entry(i));
    }
    if (made != 0) return made;
  }
  return 0;
}

static void many(void) {
  make_folder(MANY);
  expect_equal("b.entries.made", make_many(), 0);
  expect_equal("b.entries.forgotten", forget_cached(), 0);
  struct found found = list_many();
  expect_equal("b.entries.listed", found.listed, ENTRIES);
  expect_equal("b.entries.foreign", found.foreign, 0);
  expect_equal("b.entries.twice", found.twice, 0);
  expect_equal("b.entries.first", holds(entry(0), "0000"), 1);
  expect_equal("b.entries.link", holds(entry(4999), "4990"), 1);
  expect_equal("b.entries.last", holds(entry(ENTRIES - 1), "9990"), 1);
  expect_equal("b.entries.not-there", open_file(MANY "/entry-10000", O_RDONLY), -ENOENT);
  long removed = 0;
  for (long i = 0; i < ENTRIES; i++)
    if (i % 10 == 9) removed += remove_file(entry(i)) == 0;
  found = list_many();
  expect_equal("b.entries.removed", removed, ENTRIES / 10);
  expect_equal("b.entries.left", found.listed, ENTRIES - ENTRIES / 10);
  expect_equal("b.entries.in-use", remove_folder(MANY), -ENOTEMPTY);
}

static long name_of(long length) {
  char *at = put_text(path, "/mnt/");
  memset(at, 'n', (size)length);
  at[length] = 0;
  return make_file(path, "long name");
}

static void long_names(void) {
  expect_equal("b.entries.name-255", name_of(NAME_BYTES), 0);
  expect_equal("b.entries.name-255-there", holds(path, "long name"), 1);
  expect_equal("b.entries.name-256", name_of(NAME_BYTES + 1), -ENAMETOOLONG);
}

static void deep(void) {
  char *at = put_text(path, "/mnt");
  long made = 0;
  for (int i = 0; i < DEPTH && made == 0; i++) {
    at = put_text(at, "/folder-of-a-deep-path-that-is-long");
    made = make_folder(path);
  }
  expect_equal("b.entries.deep-folders", made, 0);
  put_text(at, "/file");
  expect_equal("b.entries.deep-file", make_file(path, "deep down"), 0);
  expect_equal("b.entries.deep-forgotten", forget_cached(), 0);
  expect_equal("b.entries.deep-there", holds(path, "deep down"), 1);
  while (at - path < PATH_BYTES) at = put_text(at, "/.");
  expect_equal("b.entries.path-4096", open_file(path, O_RDONLY), -ENAMETOOLONG);
}

PROBE("b-entries") {
  many();
  long_names();
  deep();
}
