/*
 * Who a process is, and children that are somebody else (credentials(7), setresuid(2), setgroups(2)).
 */
#pragma once

#include "mapping.h"
#include "storage.h"

#if defined(__aarch64__)
enum {
  SYS_faccessat = 48, SYS_fchmodat = 53, SYS_fchownat = 54, SYS_ptrace = 117, SYS_setgid = 144, SYS_setuid = 146, SYS_setresuid = 147,
  SYS_getresuid = 148, SYS_setresgid = 149, SYS_getresgid = 150, SYS_getgroups = 158, SYS_setgroups = 159, SYS_umask = 166,
};
#else
enum {
  SYS_umask = 95, SYS_ptrace = 101, SYS_setuid = 105, SYS_setgid = 106, SYS_getgroups = 115, SYS_setgroups = 116, SYS_setresuid = 117,
  SYS_getresuid = 118, SYS_setresgid = 119, SYS_getresgid = 120, SYS_fchownat = 260, SYS_fchmodat = 268, SYS_faccessat = 269,
};
#endif
/* Nobody need have these in a file: to the kernel a user is a number. */
enum { ROOT = 0, ALICE = 1000, BOB = 1001, CAROL = 1002, COMMON = 2000 };
enum { KEEP = -1, R_OK = 4, W_OK = 2, X_OK = 1, S_ISUID = 04000, S_ISGID = 02000, S_ISVTX = 01000 };

struct identity {
  int real, effective, saved;
};

static inline struct identity user(void) {
  struct identity found = {KEEP, KEEP, KEEP};
  sys(SYS_getresuid, &found.real, &found.effective, &found.saved);
  return found;
}

static inline struct identity group(void) {
  struct identity found = {KEEP, KEEP, KEEP};
  sys(SYS_getresgid, &found.real, &found.effective, &found.saved);
  return found;
}

static inline int is(struct identity found, int real, int effective, int saved) {
  return found.real == real && found.effective == effective && found.saved == saved;
}

/* For good: 0, or an error. A user's group has his number, and he is in no other. */
static inline long become(int id) {
  long error = sys(SYS_setgroups, 0, 0);
  if (error == 0) error = sys(SYS_setresgid, id, id, id);
  return error == 0 ? sys(SYS_setresuid, id, id, id) : error;
}

/* What a child told, on a page that it shares. */
static volatile long *told;

enum { NOT_TOLD = -2000, NOT_CHANGED = -3000 };

/* What `body` answers in a child that is somebody else; NOT_TOLD where the child did not come to it. */
static inline long answer_as(int id, long (*body)(void)) {
  if (told == 0) told = (volatile long *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  *told = NOT_TOLD;
  long child = fork_child();
  if (child == 0) {
    if (become(id) != 0) *told = NOT_CHANGED;
    else *told = body();
    sys(SYS_exit_group, 0);
  }
  long status = reap(child);
  return status == 0 ? *told : NOT_TOLD;
}

static inline long change_mode(const char *path, long mode) {
  return sys(SYS_fchmodat, AT_FDCWD, path, mode);
}

static inline long change_owner(const char *path, long owner, long owning_group) {
  return sys(SYS_fchownat, AT_FDCWD, path, owner, owning_group, 0);
}

/* An empty file; 0 or an error. */
static inline long make_file_of(const char *path, long mode, long owner, long owning_group) {
  long error = make_file(path, "");
  if (error == 0) error = change_owner(path, owner, owning_group);
  return error == 0 ? change_mode(path, mode) : error;
}

/* Opens and closes: 0 or an error. */
static inline long can_open(const char *path, long flags) {
  long file = open_file(path, flags);
  return file < 0 ? file : close_file(file);
}

static inline long mode_of(const char *path) {
  return look_at(path).mode & 07777;
}
