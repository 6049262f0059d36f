/*
 * Proves: execve(2) starts a program with the arguments and the environment it was given and a right auxv, on an aligned stack, with fresh
 * segments, as the same process: its id, descriptors, blocked and ignored signals stay; its handlers do not.
 * Spec: phases.md A1 (exec: argc, argv, envp, auxv, SP 16-byte aligned, .bss zero); execve(2).
 * System calls: execve, clone, wait4, exit_group, getpid, dup3, pipe2, read, write, close, rt_sigaction, rt_sigprocmask, kill, getuid, geteuid,
 * getgid, getegid, nanosleep, clock_gettime.
 */
#include "samples.h"
#include "signals.h"
#include "start-state.h"

enum { LONG_LENGTH = 5000, EXECS = 200, ARGUMENTS = 6, VARIABLES = 3 };

/* What the started program tells by the pipe that is its descriptor 1. */
struct report {
  struct start_state start;
  long argument_wrong, variable_wrong; /* index of the first, -1 where none is */
  unsigned long blocked;
  long handler_kept, ignored_kept;
};

static char long_text[LONG_LENGTH + 1];
static byte dirt[5 * PAGE]; /* of .bss: what the program before wrote must not come back */

static const char *const arguments[] = {"report", "one", "", "two words", long_text, "-last", 0};
static const char *const variables[] = {"PATH=/bin", "EMPTY=", long_text, 0};

static void make_long_text(void) {
  for (int i = 0; i < LONG_LENGTH; i++) long_text[i] = (char)('a' + i % 23);
}

static int equal(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

static long first_wrong(const char *const *given, long count, const char *const *expected) {
  for (long i = 0; i < count; i++)
    if (given[i] == 0 || !equal(given[i], expected[i])) return i;
  return -1;
}

static handler *handler_of(int signal) {
  struct action action = {.handler = 0};
  sys(SYS_rt_sigaction, signal, 0, &action, MASK_BYTES);
  return action.handler;
}

/* The started program: the same file, told apart by its first argument. */
static void report_start(void) {
  struct report report = {.start = start_state()};
  make_long_text();
  report.argument_wrong = report.start.argc == ARGUMENTS ? first_wrong(start_arguments(), ARGUMENTS, arguments) : report.start.argc;
  report.variable_wrong = report.start.environment_count == VARIABLES ? first_wrong(start_environment(), VARIABLES, variables) : VARIABLES;
  report.blocked = blocked();
  report.handler_kept = handler_of(SIGUSR1) != DEFAULT_ACTION;
  report.ignored_kept = handler_of(SIGTERM) == IGNORED;
  sys(SYS_write, 1, &report, sizeof report);
  sys(SYS_exit_group, 0);
}

static void never(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
}

static int pipe_ends[2];

static void start_report(const char *own_path) {
  for (size i = 0; i < sizeof dirt; i++) dirt[i] = 0xd1;
  fresh_word = 0;
  on_signal(SIGUSR1, never);
  on_signal(SIGTERM, IGNORED);
  block(bit(SIGALRM));
  sys(SYS_dup3, pipe_ends[1], 1, 0);
  sys(SYS_close, pipe_ends[0]);
  sys(SYS_exit_group, -sys(SYS_execve, own_path, arguments, variables));
}

/* Gives the child's id, and its status in `status`. */
static long take_report(const char *own_path, struct report *report, long *status) {
  sys(SYS_pipe2, pipe_ends, 0);
  long child = fork_child();
  if (child == 0) start_report(own_path);
  sys(SYS_close, pipe_ends[1]);
  long count = sys(SYS_read, pipe_ends[0], report, sizeof *report);
  sys(SYS_close, pipe_ends[0]);
  *status = reap(child);
  return count == sizeof *report ? child : -1;
}

static long samples[EXECS];

static void time_execs(const char *own_path) {
  const char *const quick[] = {"quick", 0}, *const nothing[] = {0};
  long wrong = 0;
  for (int i = 0; i < EXECS; i++) {
    int status = -1;
    long start = now_ns();
    long child = fork_child();
    if (child == 0) sys(SYS_exit_group, -sys(SYS_execve, own_path, quick, nothing));
    wrong += sys(SYS_wait4, child, &status, 0, 0) != child || status != 42 << 8;
    samples[i] = now_ns() - start;
  }
  expect_equal("a1.exec.every-quick-one", wrong, 0);
  metric_percentiles("fork_exec_exit_wait_ns", samples, EXECS);
}

PROBE("a1-exec") {
  const char *own_path = start_arguments()[0]; /* absolute, as the shell was told it */
  if (equal(own_path, "report")) report_start();
  if (equal(own_path, "quick")) sys(SYS_exit_group, 42);
  make_long_text();

  struct report report = {.blocked = 0}, second = {.blocked = 0};
  long status = -1;
  long child = take_report(own_path, &report, &status);
  expect_equal("a1.exec.status", status, 0);
  expect_true("a1.exec.descriptor-kept", child > 0, "a whole report by descriptor 1", child);
  if (child <= 0) return;
  judge_start("a1.exec.", &report.start);
  expect_equal("a1.exec.argument-count", report.start.argc, ARGUMENTS);
  expect_equal("a1.exec.arguments", report.argument_wrong, -1);
  expect_equal("a1.exec.environment-count", report.start.environment_count, VARIABLES);
  expect_equal("a1.exec.environment", report.variable_wrong, -1);
  expect_equal("a1.exec.same-process", report.start.pid, child);
  expect_equal("a1.exec.mask-kept", (long)report.blocked, (long)bit(SIGALRM));
  expect_equal("a1.exec.ignored-kept", report.ignored_kept, 1);
  expect_equal("a1.exec.handler-not-kept", report.handler_kept, 0);

  long again = take_report(own_path, &second, &status);
  int differ = again > 0 && (report.start.random[0] != second.start.random[0] || report.start.random[1] != second.start.random[1]);
  expect_equal("a1.exec.random-differs", differ, 1);
  time_execs(own_path);
  const char *const nothing[] = {0};
  expect_equal("a1.exec.no-such-file", sys(SYS_execve, "/no/such/program", arguments, nothing), -ENOENT);
  expect_equal("a1.exec.bad-path", sys(SYS_execve, 0xffff000000001000ul, arguments, nothing), -EFAULT);
  expect_equal("a1.exec.bad-arguments", sys(SYS_execve, own_path, 0xffff000000001000ul, nothing), -EFAULT);
  const char *const bad_string[] = {"report", (const char *)0xffff000000001000ul, 0};
  expect_equal("a1.exec.bad-argument", sys(SYS_execve, own_path, bad_string, nothing), -EFAULT);
}
