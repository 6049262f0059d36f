/*
 * Proves: the stack grows as it is used, and a recursion without end meets a guard page: SIGSEGV, before the stack reaches
 * what is mapped below it.
 * Spec: phases.md A1 (stack overflow hits the guard page); mmap(2), "stack guard gap".
 * System calls: mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "mapping.h"

enum { FRAME = 1024, MODEST_DEPTH = 64, NEIGHBOUR_PAGES = 64, MIB = 1 << 20, PATTERN = 0x5a };

/* Shared with the children: where they left off. */
static volatile struct {
  size lowest;
  long depth_wanted;
} *notes;

/* Uses one frame a level, on the way down and on the way back. */
static __attribute__((noinline)) long recurse(long depth) {
  volatile byte frame[FRAME];
  frame[0] = (byte)depth;
  notes->lowest = (size)frame;
  long kept = depth < notes->depth_wanted ? recurse(depth + 1) : 0;
  return kept + (frame[0] == (byte)depth);
}

static int recurse_modestly(void) {
  notes->depth_wanted = MODEST_DEPTH;
  return recurse(1) == MODEST_DEPTH ? 0 : 1;
}

static int recurse_without_end(void) {
  notes->depth_wanted = 1l << 40;
  return (int)recurse(1);
}

/* Pages of ours below the stack, with room for it to grow a while; on a kernel that maps the whole stack at once, just below it. */
static byte *map_neighbour(size stack) {
  for (size below = 4 * MIB; below <= 64 * MIB; below += MIB) {
    long place = (long)((stack - below) & -(size)PAGE);
    long flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    long mapped = sys(SYS_mmap, place, NEIGHBOUR_PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (mapped == place) return (byte *)mapped;
    if (!is_error(mapped)) sys(SYS_munmap, mapped, NEIGHBOUR_PAGES * PAGE);
  }
  return 0;
}

PROBE("a1-stack") {
  notes = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  expect_true("a1.stack.notes", !is_error((long)notes), "a shared page", (long)notes);
  if (is_error((long)notes)) return;
  expect_equal("a1.stack.grows", status_of(recurse_modestly), 0);

  size stack = (size)start_stack;
  byte *neighbour = map_neighbour(stack);
  expect_true("a1.stack.neighbour", neighbour != 0, "pages below the stack", (long)neighbour);
  if (neighbour == 0) return;
  byte *neighbour_end = neighbour + NEIGHBOUR_PAGES * PAGE;
  fill(neighbour, NEIGHBOUR_PAGES * PAGE, PATTERN);
  expect_equal("a1.stack.overflow-signal", signal_of(recurse_without_end), SIGSEGV);
  expect_equal("a1.stack.neighbour-intact", count_other(neighbour, NEIGHBOUR_PAGES * PAGE, PATTERN), 0);
  long gap = (long)(notes->lowest - (size)neighbour_end);
  expect_true("a1.stack.gap", gap >= PAGE && notes->lowest < stack, "a page or more between stack and neighbour", gap);
  metric("stack_overflow_depth_bytes", (long)(stack - notes->lowest));
  metric("stack_guard_gap_bytes", gap);
}
