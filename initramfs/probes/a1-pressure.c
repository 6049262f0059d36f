/*
 * Proves: a program that takes memory until there is none is refused more (ENOMEM) or killed; the others live, and all that it held
 * is free again, so that the next one gets as much.
 * Spec: phases.md A1 (stress: memory pressure until ENOMEM or the OOM killer, and the machine lives).
 * System calls: mmap, sysinfo, clone, wait4, kill, nanosleep, clock_gettime, getpid, exit_group.
 */
#include "mapping.h"
#include "settled-memory.h"

enum { CHUNK_PAGES = 64, TOLERANCE_KIB = 2048 };

static volatile long *touched_pages;

/* Ends with ENOMEM as its status, if nobody ends it before. */
static int take_all(void) {
  *touched_pages = 0;
  for (;;) {
    byte *chunk = map_pages(CHUNK_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    if (is_error((long)chunk)) return (int)-(long)chunk;
    for (long i = 0; i < CHUNK_PAGES; i++, ++*touched_pages) chunk[i * PAGE] = 1;
  }
}

static int do_nothing(void) {
  return 9;
}

/* KiB that a program got until it was refused or killed. */
static long press(const char *id) {
  long status = status_of(take_all);
  expect_true(id, status == SIGKILL || status == ENOMEM << 8, "9 (killed) or 3072 (ENOMEM)", status);
  return *touched_pages * (PAGE / 1024);
}

PROBE("a1-pressure") {
  long self = sys(SYS_getpid);
  touched_pages = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  expect_true("a1.pressure.notes", !is_error((long)touched_pages), "a shared page", (long)touched_pages);
  if (is_error((long)touched_pages)) return;
  *touched_pages = 0;
  long before = free_kib();
  long first = press("a1.pressure.refused-or-killed");
  expect_true("a1.pressure.pressed", before > 0 && first >= before / 2, "half of what was free, or more, taken before", first);
  long lost = before - settled_free_kib(before - TOLERANCE_KIB);
  expect_true("a1.pressure.memory-back", lost <= TOLERANCE_KIB, "at most 2048 KiB less free than before", lost);
  expect_equal("a1.pressure.fork", status_of(do_nothing), 9 << 8);

  long second = press("a1.pressure.again");
  expect_true("a1.pressure.as-much-again", second >= first - first / 10, "90 % or more of the first time", second);
  lost = before - settled_free_kib(before - TOLERANCE_KIB);
  expect_true("a1.pressure.memory-back-again", lost <= TOLERANCE_KIB, "at most 2048 KiB less free than before", lost);
  expect_equal("a1.pressure.same-process", sys(SYS_getpid), self);
  metric("pressure_free_before_kib", before);
  metric("pressure_taken_kib", first);
}
