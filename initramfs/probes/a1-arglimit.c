/*
 * Proves: execve(2) takes an argument list as long as POSIX wants at least, answers -E2BIG to one beyond every limit, and the caller lives.
 * Spec: phases.md A1 (argument list beyond the limit -> E2BIG); execve(2), "Limits on size of arguments and environment"; POSIX limits.h, _POSIX_ARG_MAX.
 * System calls: execve, clone, wait4, exit_group, mmap, kill, nanosleep, clock_gettime.
 */
#include "children.h"
#include "start-state.h"

enum { STRING_BYTES = 100 * 1024, MANY = 640, ONE_STRING_BYTES = 64 * 1024 * 1024, POINTERS = 4 * 1024 * 1024, TOOK_ALL = 42 };
enum { LEAST_BYTES = 4096 - 512 }; /* of _POSIX_ARG_MAX; the path and the pointers count, too */

static const char *own_path;
static const char *const nothing[] = {0};

/* What execve(2) answers in a child, or TOOK_ALL where the program started. */
static long answer(const char *const *arguments, const char *const *environment) {
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, -sys(SYS_execve, own_path, arguments, environment));
  long status = reap(child);
  if (status < 0 || (status & 0x7f) != 0) return status < 0 ? status : 2000 + (status & 0x7f);
  return status >> 8 == TOOK_ALL ? TOOK_ALL : -(status >> 8);
}

static byte *memory_of(long bytes) {
  long mapped = sys(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mapped > 0 ? (byte *)mapped : 0;
}

static const char *string_of(byte *memory, long bytes) {
  memset(memory, 'x', (size)bytes);
  return (const char *)memory;
}

PROBE("a1-arglimit") {
  own_path = start_arguments()[0];
  if (start_stack[0] > 1) sys(SYS_exit_group, TOOK_ALL);
  byte *text = memory_of(STRING_BYTES + PAGE), *far_too_long = memory_of(ONE_STRING_BYTES + PAGE);
  const char **list = (const char **)memory_of((POINTERS + 1) * (long)sizeof(char *));
  expect_true("a1.arglimit.memory", text != 0 && far_too_long != 0 && list != 0, "three mappings", (long)list);
  if (text == 0 || far_too_long == 0 || list == 0) return;

  const char *const least[] = {own_path, string_of(text, LEAST_BYTES), 0};
  expect_equal("a1.arglimit.posix-least", answer(least, nothing), TOOK_ALL);

  list[0] = own_path;
  string_of(text, STRING_BYTES);
  for (int i = 1; i < MANY; i++) list[i] = (const char *)text;
  expect_equal("a1.arglimit.many-long-arguments", answer(list, nothing), -E2BIG);
  expect_equal("a1.arglimit.many-long-variables", answer(least, list), -E2BIG);

  const char *const one[] = {own_path, string_of(far_too_long, ONE_STRING_BYTES), 0};
  expect_equal("a1.arglimit.one-huge-argument", answer(one, nothing), -E2BIG);
  expect_equal("a1.arglimit.answered-here", sys(SYS_execve, own_path, one, nothing), -E2BIG);

  for (long i = 1; i < POINTERS; i++) list[i] = "";
  expect_equal("a1.arglimit.many-empty-arguments", answer(list, nothing), -E2BIG);
  text[LEAST_BYTES] = 0;
  expect_equal("a1.arglimit.still-starts", answer(least, nothing), TOOK_ALL);
}
