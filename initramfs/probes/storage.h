/*
 * File systems by system call, beyond what files.h has: links, times, holes, direct and synchronous writes, and how full one is
 * (asm-generic/unistd.h, asm-generic/fcntl.h, asm-generic/statfs.h, linux/stat.h).
 */
#pragma once

#include "files.h"

#if defined(__aarch64__)
enum {
  SYS_symlinkat = 36, SYS_linkat = 37, SYS_fstatfs = 44, SYS_fchmod = 52, SYS_fchown = 55, SYS_pread64 = 67, SYS_pwrite64 = 68,
  SYS_readlinkat = 78, SYS_fsync = 82, SYS_sync = 81, SYS_utimensat = 88, SYS_statx = 291,
};
enum { O_DIRECT = 0200000 };
#else
enum {
  SYS_pread64 = 17, SYS_pwrite64 = 18, SYS_fsync = 74, SYS_fchmod = 91, SYS_fchown = 93, SYS_fstatfs = 138, SYS_linkat = 265,
  SYS_symlinkat = 266, SYS_readlinkat = 267, SYS_sync = 162, SYS_utimensat = 280, SYS_statx = 332,
};
enum { O_DIRECT = 040000 };
#endif
enum { EIO = 5, EBUSY = 16, ENOSPC = 28, EROFS = 30, ELOOP = 40 };
enum { SEEK_DATA = 3, SEEK_HOLE = 4, AT_SYMLINK_NOFOLLOW = 0x100, S_IFLNK = 0120000 };
/* linux/mount.h, linux/fs.h */
enum { MS_RDONLY = 1, MS_REMOUNT = 32, BLKRRPART = 0x125f };

struct file_system {
  long type, block_size;
  unsigned long blocks, free_blocks, available_blocks, inodes, free_inodes;
  int id[2];
  long longest_name, fragment_size, flags, spare[4];
};

/* What is free on the file system of an open file. */
static inline struct file_system file_system_of(long descriptor) {
  struct file_system found;
  memset(&found, 0, sizeof found);
  sys(SYS_fstatfs, descriptor, &found);
  return found;
}

struct statx_time {
  long seconds;
  unsigned nanoseconds;
  int reserved;
};

struct statx {
  unsigned mask, block_size;
  unsigned long attributes;
  unsigned links, owner, group;
  unsigned short mode, padding;
  unsigned long inode, bytes, blocks, attributes_mask;
  struct statx_time accessed, born, changed, modified;
  unsigned long rest[16];
};

/* What a path leads to, a symbolic link itself; all zero where that can't be said. */
static inline struct statx look_at(const char *path) {
  struct statx found;
  memset(&found, 0, sizeof found);
  sys(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0x7ff, &found); /* STATX_BASIC_STATS */
  return found;
}

static inline long rename_file(const char *from, const char *to) {
  return sys(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static inline long link_file(const char *path, const char *name) {
  return sys(SYS_linkat, AT_FDCWD, path, AT_FDCWD, name, 0);
}

static inline long link_symbolically(const char *target, const char *name) {
  return sys(SYS_symlinkat, target, AT_FDCWD, name);
}

/* Makes a file of just this text; 0 or an error. */
static inline long make_file(const char *path, const char *text) {
  long file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file < 0) return file;
  long count = write_text(file, text);
  close_file(file);
  return count < 0 ? count : 0;
}

static inline long write_at(long file, const void *bytes, long count, long offset) {
  return sys(SYS_pwrite64, file, bytes, count, offset);
}

static inline long read_at(long file, void *bytes, long count, long offset) {
  return sys(SYS_pread64, file, bytes, count, offset);
}

/* A sequence of its own for each start, the same each time (Marsaglia, "Xorshift RNGs", 2003; multiplier of Vigna's xorshift64*). */
static inline unsigned long next_random(unsigned long *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 0x2545f4914f6cdd1dul;
}

static inline void fill_randomly(unsigned long *words, long bytes, unsigned long seed) {
  unsigned long state = seed * 2 + 1;
  for (long i = 0; i < bytes / 8; i++) words[i] = next_random(&state);
}

/* How many words are other than `fill_randomly` would make them. */
static inline long count_changed(const unsigned long *words, long bytes, unsigned long seed) {
  unsigned long state = seed * 2 + 1;
  long changed = 0;
  for (long i = 0; i < bytes / 8; i++) changed += words[i] != next_random(&state);
  return changed;
}

/* Has the disk keep what was written, and the cache forget it: what is read next comes from the disk. 0, or an error. */
static inline long forget_cached(void) {
  sys(SYS_sync);
  long file = open_file("/proc/sys/vm/drop_caches", O_WRONLY);
  if (file < 0) return file;
  long written = write_text(file, "3");
  close_file(file);
  return written < 0 ? written : 0;
}
