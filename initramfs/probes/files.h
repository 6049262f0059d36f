/*
 * Files by system call: what differs between aarch64 and x86-64, and a folder of the probe's own in /tmp
 * (asm-generic/fcntl.h, asm-generic/stat.h, arch/x86/include/uapi/asm/stat.h).
 */
#pragma once

#include "children.h"

enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_EXCL = 0200, O_TRUNC = 01000, O_APPEND = 02000 };
enum { O_NONBLOCK = 04000, O_CLOEXEC = 02000000 };
#if defined(__aarch64__)
enum { O_DIRECTORY = 040000 };
#else
enum { O_DIRECTORY = 0200000 };
#endif
enum { AT_FDCWD = -100, AT_REMOVEDIR = 0x200, SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, F_GETFD = 1, F_SETFD = 2, FD_CLOEXEC = 1 };
enum { S_IFMT = 0170000, S_IFIFO = 0010000, S_IFCHR = 0020000, S_IFDIR = 0040000, S_IFREG = 0100000 };

struct file_status {
  unsigned long device, inode;
#if defined(__aarch64__)
  unsigned mode, links, owner, group;
  unsigned long special_device, padding;
  long bytes;
  int block_size, padding_2;
#else
  unsigned long links;
  unsigned mode, owner, group, padding;
  unsigned long special_device;
  long bytes, block_size;
#endif
  long blocks;
  struct timespec accessed, modified, changed;
  unsigned long reserved[3];
};

static inline long open_file(const char *path, long flags) {
  return sys(SYS_openat, AT_FDCWD, path, flags, 0640);
}

static inline long close_file(long descriptor) {
  return sys(SYS_close, descriptor);
}

static inline long write_text(long descriptor, const char *text) {
  size length = 0;
  while (text[length] != 0) length++;
  return sys(SYS_write, descriptor, text, length);
}

/* 1 where reading on from here gives just this text and then the end; else 0. */
static inline long reads(long descriptor, const char *text) {
  char got[64];
  long length = 0, count;
  while (length < (long)sizeof got && (count = sys(SYS_read, descriptor, got + length, sizeof got - (size)length)) > 0) length += count;
  for (long i = 0; i < length; i++)
    if (text[i] == 0 || text[i] != got[i]) return 0;
  return text[length] == 0;
}

/* 1 where the file holds just this text, else 0, or an error. */
static inline long holds(const char *path, const char *text) {
  long descriptor = open_file(path, O_RDONLY);
  if (descriptor < 0) return descriptor;
  long same = reads(descriptor, text);
  close_file(descriptor);
  return same;
}

static inline struct file_status status_of_file(long descriptor) {
  struct file_status status;
  memset(&status, 0, sizeof status);
  sys(SYS_fstat, descriptor, &status);
  return status;
}

static inline long seek(long descriptor, long offset, long whence) {
  return sys(SYS_lseek, descriptor, offset, whence);
}

static inline long remove_file(const char *path) {
  return sys(SYS_unlinkat, AT_FDCWD, path, 0);
}

static inline long make_folder(const char *path) {
  return sys(SYS_mkdirat, AT_FDCWD, path, 0755);
}

static inline long remove_folder(const char *path) {
  return sys(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}
