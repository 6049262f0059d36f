/*
 * Proves: a filter of system calls refuses what it names with the error that it names, or ends the program, for its children as well; who may
 * gain privileges can't set one.
 * Spec: phases.md D (seccomp filter denies); seccomp(2), prctl(2).
 * System calls: prctl, seccomp, getppid, getpgid, setresuid, setresgid, setgroups, mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "users.h"

#if defined(__aarch64__)
enum { SYS_seccomp = 277 };
#else
enum { SYS_seccomp = 317 };
#endif
enum { PR_SET_NO_NEW_PRIVS = 38, SECCOMP_SET_MODE_FILTER = 1, SIGSYS = 31 };
enum { LOAD_WORD = 0x20, JUMP_EQUAL = 0x15, RETURN = 6 };
#define ALLOW 0x7fff0000u
#define ERRNO 0x00050000u
#define KILL_PROCESS 0x80000000u

struct instruction {
  unsigned short code;
  byte if_true, if_false;
  unsigned value;
};

struct program {
  unsigned short count;
  const struct instruction *instructions;
};

static unsigned verdict;

/* What the filter says to getppid; all else passes. */
static long set_filter(void) {
  struct instruction instructions[] = {
    {LOAD_WORD, 0, 0, 0}, /* the call's number */
    {JUMP_EQUAL, 0, 1, SYS_getppid},
    {RETURN, 0, 0, verdict},
    {RETURN, 0, 0, ALLOW},
  };
  struct program program = {sizeof instructions / sizeof *instructions, instructions};
  return sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static long set_as_user(void) {
  sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return set_filter();
}

static int ask_parent(void) {
  return sys(SYS_getppid) == -EPERM ? 0 : 1;
}

static long refused(void) {
  if (set_as_user() != 0) return 1;
  if (sys(SYS_getppid) != -EPERM) return 2;
  if (sys(SYS_getpid) <= 0) return 3;
  return status_of(ask_parent) == 0 ? 0 : 4;
}

static int is_killed(void) {
  if (set_as_user() != 0) return 1;
  sys(SYS_getppid);
  return 2;
}

PROBE("d-seccomp") {
  verdict = ERRNO | EPERM;
  expect_equal("d.seccomp.wants-no-new-privileges", answer_as(ALICE, set_filter), -EACCES);
  expect_equal("d.seccomp.refuses", answer_as(ALICE, refused), 0);
  verdict = KILL_PROCESS;
  expect_equal("d.seccomp.kills", status_of(is_killed) & 0x7f, SIGSYS);
  expect_true("d.seccomp.others-free", sys(SYS_getppid) >= 0, "a number", sys(SYS_getppid));
}
