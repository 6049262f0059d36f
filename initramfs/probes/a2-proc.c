/*
 * Proves: /proc/<pid> tells the truth of a program that knows it: cmdline, stat, status, maps; and nothing of one that is gone.
 * Spec: phases.md A2 (/proc/<pid>/{cmdline,stat,status,maps} right for a known program; vanished pid -> ENOENT); proc(5).
 * System calls: openat, close, read, lseek, clone, wait4, kill, execve, prctl, mmap, mprotect, munmap, brk, setpgid, getpid, getppid, getpgid, getsid,
 * getuid, nanosleep, clock_gettime, exit_group.
 */
#include "mapping.h"
#include "files.h"
#include "signals.h"

enum { PR_SET_NAME = 15, TEXT_BYTES = 16384 };

static char text[TEXT_BYTES];

static const char *put_path(struct line *line, long pid, const char *file) {
  put(put(put_integer(put(line, "/proc/"), pid), "/"), file);
  line->text[line->length] = 0;
  return line->text;
}

/* Reads the file into `text` and ends it with a 0; how many bytes, or an error. */
static long load(long pid, const char *file) {
  struct line path = {.length = 0};
  long descriptor = open_file(put_path(&path, pid, file), O_RDONLY), length = 0, count;
  text[0] = 0;
  if (descriptor < 0) return descriptor;
  while (length < TEXT_BYTES - 1 && (count = sys(SYS_read, descriptor, text + length, TEXT_BYTES - 1 - length)) > 0) length += count;
  close_file(descriptor);
  text[length] = 0;
  return length;
}

static int same(const char *one, const char *other, long length) {
  for (long i = 0; i < length; i++)
    if (one[i] != other[i]) return 0;
  return 1;
}

static long length_of(const char *string) {
  long length = 0;
  while (string[length] != 0) length++;
  return length;
}

/* Where `what` stands in the text at or behind `from`; 0 where it does not. */
static const char *find(const char *from, const char *what) {
  long length = length_of(what);
  for (; *from != 0; from++)
    if (same(from, what, length)) return from;
  return 0;
}

static unsigned long number(const char **at, unsigned base) {
  unsigned long value = 0;
  for (;; (*at)++) {
    unsigned digit = **at >= 'a' ? (unsigned)(**at - 'a' + 10) : **at >= '0' ? (unsigned)(**at - '0') : base;
    if (**at < '0' || digit >= base) return value;
    value = value * base + digit;
  }
}

/* A field of stat by its number in proc(5), from 4 on: the name may hold blanks and brackets, so that it counts from the last bracket. */
static long stat_field(int which) {
  const char *at = text, *end = 0;
  for (; *at != 0; at++)
    if (*at == ')') end = at;
  if (end == 0) return -1000;
  at = end + 2;
  for (int field = 3; field < which; field++) {
    while (*at != ' ' && *at != 0) at++;
    if (*at == ' ') at++;
  }
  int negative = *at == '-';
  at += negative;
  long value = (long)number(&at, 10);
  return negative ? -value : value;
}

static char stat_state(void) {
  const char *end = 0;
  for (const char *at = text; *at != 0; at++)
    if (*at == ')') end = at;
  return end == 0 ? 0 : end[2];
}

/* The number behind a name that begins a line of status; -1000 where there is no such line. */
static long status_field(const char *name) {
  for (const char *at = text; at != 0 && *at != 0; at = find(at, "\n"), at += at != 0) {
    long length = length_of(name);
    if (!same(at, name, length) || at[length] != ':') continue;
    at += length + 1;
    while (*at == ' ' || *at == '\t') at++;
    return (long)number(&at, 10);
  }
  return -1000;
}

/* The access and the rest of the line of maps that holds the address: "r-xp", and what follows it. */
static const char *mapping_of(const volatile void *address) {
  for (const char *at = text; at != 0 && *at != 0; at = find(at, "\n"), at += at != 0) {
    unsigned long start = number(&at, 16);
    if (*at++ != '-') return 0;
    unsigned long end = number(&at, 16);
    if ((unsigned long)address >= start && (unsigned long)address < end) return at + 1;
  }
  return 0;
}

static int mapped_as(const volatile void *address, const char *access) {
  const char *mapping = mapping_of(address);
  return mapping != 0 && same(mapping, access, 4);
}

static int mapping_names(const volatile void *address, const char *name) {
  const char *mapping = mapping_of(address), *end = mapping ? find(mapping, "\n") : 0, *found = mapping ? find(mapping, name) : 0;
  return found != 0 && end != 0 && found < end;
}

static int written = 1;

/* This program, started with known arguments, describes itself. */
static void known_program(void) {
  static const char expected[] = "a2-proc\0with blank\0\0last";
  long pid = sys(SYS_getpid), group = sys(SYS_getpgid, 0), session = sys(SYS_getsid, 0);
  expect_equal("a2.proc.cmdline-length", load(pid, "cmdline"), sizeof expected);
  expect_true("a2.proc.cmdline", same(text, expected, sizeof expected), "the arguments, each ended by a 0", text[0]);
  expect_true("a2.proc.comm", load(pid, "comm") == 8 && same(text, "a2-proc\n", 8), "a2-proc", text[0]);
  sys(SYS_prctl, PR_SET_NAME, "a (b) c)");

  expect_true("a2.proc.stat", load(pid, "stat") > 0, "a line", text[0]);
  const char *at = text;
  expect_equal("a2.proc.stat-pid", (long)number(&at, 10), pid);
  expect_true("a2.proc.stat-name", same(at, " (a (b) c)) ", 12), "(a (b) c))", at[1]);
  expect_equal("a2.proc.stat-state", stat_state(), 'R');
  expect_equal("a2.proc.stat-parent", stat_field(4), sys(SYS_getppid));
  expect_equal("a2.proc.stat-group", stat_field(5), group);
  expect_equal("a2.proc.stat-session", stat_field(6), session);
  expect_equal("a2.proc.stat-threads", stat_field(20), 1);
  long started = stat_field(22);
  sleep_ms(30);
  load(pid, "stat");
  expect_equal("a2.proc.stat-start-stays", stat_field(22), started);

  expect_true("a2.proc.status", load(pid, "status") > 0, "lines", text[0]);
  expect_equal("a2.proc.status-pid", status_field("Pid"), pid);
  expect_equal("a2.proc.status-parent", status_field("PPid"), sys(SYS_getppid));
  expect_equal("a2.proc.status-uid", status_field("Uid"), sys(SYS_getuid));
  expect_equal("a2.proc.status-threads", status_field("Threads"), 1);
  long before_kib = status_field("VmSize");
  byte *more = map_pages(64, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  load(pid, "status");
  expect_equal("a2.proc.status-grows", status_field("VmSize") - before_kib, 256);
  long resident_kib = status_field("VmRSS");
  fill(more, 64 * PAGE, 1);
  load(pid, "status");
  /* The kernel counts pages in batches for each thread. */
  expect_true("a2.proc.status-resident", status_field("VmRSS") - resident_kib >= 128, "at least 128 KiB more", status_field("VmRSS") - resident_kib);

  expect_true("a2.proc.maps", load(pid, "maps") > 0, "lines", text[0]);
  int on_stack = 0;
  expect_true("a2.proc.maps-text", mapped_as((void *)known_program, "r-xp"), "r-xp", 0);
  expect_true("a2.proc.maps-text-name", mapping_names((void *)known_program, "/a2-proc"), "the program's file", 0);
  expect_true("a2.proc.maps-data", mapped_as(&written, "rw-p"), "rw-p", 0);
  expect_true("a2.proc.maps-stack", mapped_as(&on_stack, "rw-p") && mapping_names(&on_stack, "[stack]"), "rw-p [stack]", 0);
  expect_true("a2.proc.maps-mapped", mapped_as(more, "rw-p"), "rw-p", 0);
  sys(SYS_mprotect, more, 2 * PAGE, PROT_READ);
  load(pid, "maps");
  expect_true("a2.proc.maps-protected", mapped_as(more + PAGE, "r--p") && mapped_as(more + 2 * PAGE, "rw-p"), "two pages r--p, the others rw-p", 0);
  sys(SYS_munmap, more, 64 * PAGE);
  load(pid, "maps");
  expect_true("a2.proc.maps-unmapped", mapping_of(more) == 0, "no mapping", 0);
}

static int sleep_long(void) {
  sleep_ms(PATIENCE_MS * 3);
  return 0;
}

static char state_of(long child, char wanted) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; now_ns() < until; sleep_ms(1)) {
    load(child, "stat");
    if (stat_state() == wanted) break;
  }
  return stat_state();
}

static void another_program(void) {
  struct line path = {.length = 0};
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, sleep_long());
  expect_equal("a2.proc.sleeping", state_of(child, 'S'), 'S');
  expect_equal("a2.proc.child-parent", stat_field(4), sys(SYS_getpid));
  send(child, SIGSTOP);
  expect_equal("a2.proc.stopped", state_of(child, 'T'), 'T');
  long held = open_file(put_path(&path, child, "stat"), O_RDONLY);
  send(child, SIGKILL);
  expect_equal("a2.proc.zombie", state_of(child, 'Z'), 'Z');
  reap(child);
  expect_equal("a2.proc.gone", load(child, "stat"), -ENOENT);
  expect_equal("a2.proc.gone-cmdline", load(child, "cmdline"), -ENOENT);
  byte got[64];
  expect_equal("a2.proc.gone-held-open", sys(SYS_read, held, got, sizeof got), -ESRCH);
  close_file(held);
}

PROBE("a2-proc") {
  const char *arguments[] = {"a2-proc", "with blank", "", "last", 0};
  const char *environment[] = {0};
  if (start_stack[0] == 1) sys(SYS_execve, "/probes/a2-proc", arguments, environment);
  known_program();
  another_program();
}
