/*
 * Proves: a program with set-id bits runs as its owner or its group, whoever starts it, and the program can tell; not from a file system
 * that is mounted nosuid, not for who may not gain privileges, and not while another traces it. Others can neither trace it nor read its memory.
 * Spec: phases.md D (`chmod u+s` probe: euid changes, and not on a nosuid mount; set-id programs can't be traced or dumped by others);
 * execve(2), prctl(2), ptrace(2), proc(5), getauxval(3) (AT_SECURE).
 * System calls: openat, read, write, close, mkdirat, unlinkat, fchmodat, fchownat, mount, umount2, execve, prctl, ptrace, getresuid, getresgid,
 * setresuid, setresgid, setgroups, pipe2, mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "signals.h"
#include "start-state.h"
#include "users.h"

enum { AT_SECURE = 23, PR_GET_DUMPABLE = 3, PR_SET_NO_NEW_PRIVS = 38, MS_NOSUID = 2, PTRACE_TRACEME = 0, PTRACE_CONT = 7, PTRACE_ATTACH = 16, STOPPED = 0x7f };
#define FOLDER "/tmp/d-setid"
#define QUIET_FOLDER "/tmp/d-setid/nosuid"
static const char own_file[] = "/probes/d-setid", program[] = FOLDER "/program", quiet_program[] = QUIET_FOLDER "/program";

/* What a started copy tells of itself, by descriptor REPORT. */
struct report {
  struct identity user, group;
  int secure, dumpable;
};
enum { REPORT = 9, WAITS = 'w' };

/* The copy's whole work: it tells, and where it is asked to waits to be looked at. */
static void tell_and_end(void) {
  struct report report = {user(), group(), (int)auxiliary(AT_SECURE), (int)sys(SYS_prctl, PR_GET_DUMPABLE)};
  sys(SYS_write, REPORT, &report, sizeof report);
  if (start_arguments()[1][0] == WAITS) sleep_ms(PATIENCE_MS * 2);
  sys(SYS_exit_group, 0);
}

static long copy_to(const char *path) {
  static byte bytes[64 * 1024];
  long from = open_file(own_file, O_RDONLY), count = sys(SYS_read, from, bytes, sizeof bytes);
  close_file(from);
  long to = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  long written = sys(SYS_write, to, bytes, count);
  close_file(to);
  return count > 0 && written == count ? 0 : -1;
}

enum { PLAINLY, WITHOUT_NEW_PRIVILEGES };

static struct turn reports;

/* Starts a copy as somebody; the child's number. */
static long start_as(int id, const char *path, int how, int waits) {
  make_turn(&reports);
  long child = fork_child();
  if (child == 0) {
    const char *const arguments[] = {path, waits ? "w" : "r", 0}, *const nothing[] = {0};
    sys(SYS_dup3, reports.ends[1], REPORT, 0);
    if (become(id) != 0) sys(SYS_exit_group, 1);
    if (how == WITHOUT_NEW_PRIVILEGES) sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    sys(SYS_execve, path, arguments, nothing);
    sys(SYS_exit_group, 2);
  }
  close_file(reports.ends[1]);
  return child;
}

static struct report report_of(void) {
  struct report report = {.secure = -1};
  sys(SYS_read, reports.ends[0], &report, sizeof report);
  close_file(reports.ends[0]);
  return report;
}

static struct report run_as(int id, const char *path, int how) {
  long child = start_as(id, path, how, 0);
  struct report report = report_of();
  reap(child);
  return report;
}

static void expect_ids(const char *id, struct report report, int effective_user, int effective_group) {
  int held = is(report.user, BOB, effective_user, effective_user) && is(report.group, BOB, effective_group, effective_group);
  expect_true(id, held, "real numbers of who started it, the others as said [got: effective user]", report.user.effective);
}

static void kinds(void) {
  change_mode(program, 0755);
  expect_ids("d.setid.none", run_as(BOB, program, PLAINLY), BOB, BOB);
  expect_equal("d.setid.none-not-secure", run_as(BOB, program, PLAINLY).secure, 0);
  change_mode(program, 04755);
  struct report by_bob = run_as(BOB, program, PLAINLY);
  expect_ids("d.setid.user", by_bob, ALICE, BOB);
  expect_equal("d.setid.user-secure", by_bob.secure, 1);
  expect_true("d.setid.user-not-dumpable", by_bob.dumpable != 1, "not 1", by_bob.dumpable);
  change_mode(program, 02755);
  expect_ids("d.setid.group", run_as(BOB, program, PLAINLY), BOB, COMMON);
  change_mode(program, 06755);
  expect_ids("d.setid.both", run_as(BOB, program, PLAINLY), ALICE, COMMON);
  expect_equal("d.setid.own-with-group-secure", run_as(ALICE, program, PLAINLY).secure, 1);
  /* To root's own programs. */
  change_owner(program, ROOT, ROOT);
  change_mode(program, 04755);
  expect_ids("d.setid.root", run_as(BOB, program, PLAINLY), ROOT, BOB);
  change_owner(program, ALICE, COMMON);
  change_mode(program, 06755);
}

/* A tracer that is nobody of note, and its tracee, which starts the program: the effective user that it then has. */
static long traced(void) {
  const char *const arguments[] = {program, "r", 0}, *const nothing[] = {0};
  make_turn(&reports);
  long child = fork_child();
  if (child == 0) {
    sys(SYS_dup3, reports.ends[1], REPORT, 0);
    sys(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
    sys(SYS_execve, program, arguments, nothing);
    sys(SYS_exit_group, 2);
  }
  close_file(reports.ends[1]);
  int status = 0;
  sys(SYS_wait4, child, &status, 0, 0);
  if ((status & 0xff) != STOPPED) return NOT_TOLD;
  sys(SYS_ptrace, PTRACE_CONT, child, 0, 0);
  long effective = report_of().user.effective;
  return reap(child) == 0 ? effective : NOT_TOLD;
}

static void ways(void) {
  expect_ids("d.setid.no-new-privileges", run_as(BOB, program, WITHOUT_NEW_PRIVILEGES), BOB, BOB);
  expect_equal("d.setid.traced", answer_as(BOB, traced), BOB);
  make_folder(QUIET_FOLDER);
  expect_equal("d.setid.nosuid-mounted", sys(SYS_mount, "quiet", QUIET_FOLDER, "tmpfs", MS_NOSUID, 0), 0);
  copy_to(quiet_program);
  change_owner(quiet_program, ALICE, COMMON);
  change_mode(quiet_program, 06755);
  expect_ids("d.setid.nosuid", run_as(BOB, quiet_program, PLAINLY), BOB, BOB);
  sys(SYS_umount2, QUIET_FOLDER, 0);
}

static volatile long watched;
static char memory_path[40], map_path[40];

static long attach(void) {
  return sys(SYS_ptrace, PTRACE_ATTACH, watched, 0, 0);
}

static long open_memory(void) {
  return can_open(memory_path, O_RDONLY);
}

static long open_maps(void) {
  return can_open(map_path, O_RDONLY);
}

static void name(char *path, const char *end) {
  struct line line = {.length = 0};
  put(put_integer(put(&line, "/proc/"), watched), end);
  memcpy(path, line.text, line.length);
  path[line.length] = 0;
}

/* Who started it may not look into it either. */
static void looks(void) {
  long child = start_as(BOB, program, PLAINLY, 1);
  struct report report = report_of();
  watched = child;
  name(memory_path, "/mem");
  name(map_path, "/maps");
  expect_ids("d.setid.watched", report, ALICE, COMMON);
  expect_equal("d.setid.trace-by-starter", answer_as(BOB, attach), -EPERM);
  expect_equal("d.setid.trace-by-other", answer_as(CAROL, attach), -EPERM);
  expect_equal("d.setid.memory-by-starter", answer_as(BOB, open_memory), -EACCES);
  expect_equal("d.setid.maps-by-starter", answer_as(BOB, open_maps), -EACCES);
  send(child, SIGKILL);
  reap(child);
}

PROBE("d-setid") {
  if (start_stack[0] == 2) tell_and_end();
  make_folder(FOLDER);
  expect_equal("d.setid.copied", copy_to(program), 0);
  change_owner(program, ALICE, COMMON);
  kinds();
  ways();
  looks();
}
