/*
 * Proves: the first program gets what a program needs: a stack with argc, argv, envp and auxv, its segments as the file has them, .bss zero,
 * and the console, a terminal, as descriptors 0 to 2 and nothing else.
 * Spec: phases.md A1 (exec: argc, argv, envp, auxv, SP 16-byte aligned, .bss zero, fds 0-2 on the console); System V ABI.
 * System calls: fstat, ioctl, dup, close, pipe2, read, getpid, getuid, geteuid, getgid, getegid, reboot.
 */
#include "files.h"
#include "start-state.h"

enum { TCGETS = 0x5401, DESCRIPTORS = 3 };

static long ends_with(const char *text, const char *end) {
  size length = 0, tail = 0;
  while (text[length] != 0) length++;
  while (end[tail] != 0) tail++;
  if (tail > length) return 0;
  for (size i = 0; i < tail; i++)
    if (text[length - tail + i] != end[i]) return 0;
  return 1;
}

/* Each string of the environment has a name and `=`. */
static long without_name(void) {
  for (long i = 0; i < environment_count(); i++) {
    const char *at = start_environment()[i];
    while (*at != 0 && *at != '=') at++;
    if (*at == 0 || at == start_environment()[i]) return i;
  }
  return -1;
}

/* A result that goes out by this descriptor: where it does not reach the console, the host misses it. */
static void pass_by(int descriptor, const char *text) {
  if (write_text(descriptor, text) > 0) passed++;
}

static void on_console(void) {
  static const char *const terminals[] = {"a1.start.fd-0-terminal", "a1.start.fd-1-terminal", "a1.start.fd-2-terminal"};
  static const char *const devices[] = {"a1.start.fd-0-device", "a1.start.fd-1-device", "a1.start.fd-2-device"};
  unsigned long console = status_of_file(0).special_device;
  for (int descriptor = 0; descriptor < DESCRIPTORS; descriptor++) {
    byte settings[64];
    expect_equal(terminals[descriptor], sys(SYS_ioctl, descriptor, TCGETS, settings), 0);
    struct file_status status = status_of_file(descriptor);
    int same = (status.mode & S_IFMT) == S_IFCHR && status.special_device == console;
    expect_true(devices[descriptor], same, "the same character device as descriptor 0", status.mode);
  }
  pass_by(0, "[PASS] a1.start.fd-0-writes\n");
  pass_by(2, "[PASS] a1.start.fd-2-writes\n");
  long next = sys(SYS_dup, 1);
  expect_equal("a1.start.no-other-descriptor", next, DESCRIPTORS);
  sys(SYS_close, next);
}

PROBE("a1-start") {
  struct start_state state = start_state();
  judge_start("a1.start.", &state);
  expect_equal("a1.start.pid", state.pid, 1);
  expect_true("a1.start.argument-count", state.argc >= 1, "1 or more", state.argc);
  expect_equal("a1.start.own-name", state.argc >= 1 ? ends_with(start_arguments()[0], "init") : 0, 1);
  expect_equal("a1.start.environment-names", without_name(), -1);
  on_console();
}
