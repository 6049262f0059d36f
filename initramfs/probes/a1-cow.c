/*
 * Proves: after fork(2) neither program sees what the other writes: in .data, .bss, on the stack, in a mapping; written by the program
 * or, for it, by the kernel.
 * Spec: phases.md A1 (copy-on-write: the child's write is not seen by the parent, nor the reverse); fork(2).
 * System calls: clone, wait4, exit_group, kill, mmap, pipe2, read, write, nanosleep, clock_gettime.
 */
#include "children.h"

enum { PAGES = 16, BEFORE = 0x11, BY_PARENT = 0x22, BY_CHILD = 0x33, BY_GRANDCHILD = 0x44 };
enum { DATA = 1, BSS = 2, STACK = 4, MAPPING = 8 };

/* Each has pages to itself. */
static volatile byte data[2 * PAGE] __attribute__((aligned(PAGE))) = {BEFORE};
static volatile byte bss[2 * PAGE] __attribute__((aligned(PAGE)));
static volatile byte *stack, *mapping;

static void write_all(byte value) {
  for (int i = 0; i < 2; i++) data[i * PAGE] = bss[i * PAGE + 7] = stack[i * PAGE + 9] = value;
  for (int i = 0; i < PAGES; i++) mapping[i * PAGE + i] = value;
}

/* In which of them some byte is not `value`. */
static int differing(byte value) {
  int where = 0;
  for (int i = 0; i < 2; i++) {
    if (data[i * PAGE] != value) where |= DATA;
    if (bss[i * PAGE + 7] != value) where |= BSS;
    if (stack[i * PAGE + 9] != value) where |= STACK;
  }
  for (int i = 0; i < PAGES; i++) where |= mapping[i * PAGE + i] == value ? 0 : MAPPING;
  return where;
}

static void expect_nothing_seen(const char *id, long status) {
  long where = status > 0 && (status & 0x7f) == 0 ? status >> 8 : status > 0 ? -status : status;
  expect_true(id, where == 0, "0, not a sum of data=1 bss=2 stack=4 mapping=8", where);
}

static struct turn to_child, to_parent;

/* The child looks before it writes, and again after the parent wrote. */
static int see_parents_writes(void) {
  int where = differing(BEFORE);
  give_turn(&to_parent);
  await_turn(&to_child);
  return where | differing(BEFORE);
}

static void parent_writes(void) {
  write_all(BEFORE);
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, see_parents_writes());
  await_turn(&to_parent);
  write_all(BY_PARENT);
  give_turn(&to_child);
  expect_nothing_seen("a1.cow.child-sees-nothing", reap(child));
  expect_nothing_seen("a1.cow.parent-keeps-its-own", differing(BY_PARENT) << 8);
}

static void child_writes(void) {
  write_all(BEFORE);
  long child = fork_child();
  if (child == 0) {
    write_all(BY_CHILD);
    give_turn(&to_parent);
    await_turn(&to_child);
    sys(SYS_exit_group, differing(BY_CHILD));
  }
  await_turn(&to_parent);
  expect_nothing_seen("a1.cow.parent-sees-nothing", differing(BEFORE) << 8);
  write_all(BY_PARENT);
  give_turn(&to_child);
  expect_nothing_seen("a1.cow.child-keeps-its-own", reap(child));
  expect_nothing_seen("a1.cow.parent-after-childs-end", differing(BY_PARENT) << 8);
}

static int grandchild_writes(void) {
  write_all(BY_GRANDCHILD);
  return differing(BY_GRANDCHILD);
}

static int child_between(void) {
  long status = status_of(grandchild_writes);
  int where = differing(BEFORE);
  write_all(BY_CHILD);
  return status == 0 ? where : 0x7f;
}

/* The kernel fills a buffer that is still shared: it must copy as the program's own store would. */
static int read_into_shared_pages(void) {
  byte filled[2] = {BY_CHILD, BY_CHILD};
  int where = 0;
  volatile byte *buffers[] = {data, bss + 7, stack + 9, mapping + PAGE - 1};
  for (int i = 0; i < 4; i++) {
    sys(SYS_write, to_parent.ends[1], filled, 2);
    sys(SYS_read, to_parent.ends[0], (byte *)buffers[i], 2);
    where |= buffers[i][0] == BY_CHILD && buffers[i][1] == BY_CHILD ? 0 : 1 << i;
  }
  return where;
}

PROBE("a1-cow") {
  volatile byte on_stack[3 * PAGE];
  stack = on_stack;
  long mapped = sys(SYS_mmap, 0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  long turns = make_turn(&to_child) | make_turn(&to_parent);
  expect_true("a1.cow.prepared", mapped > 0 && turns == 0, "a mapping and two pipes", mapped > 0 ? turns : mapped);
  if (mapped <= 0 || turns != 0) return;
  mapping = (byte *)mapped;

  parent_writes();
  child_writes();

  write_all(BEFORE);
  expect_nothing_seen("a1.cow.child-between", status_of(child_between));
  expect_nothing_seen("a1.cow.three-generations", differing(BEFORE) << 8);

  for (int i = 0; i < 2; i++) data[i] = bss[7 + i] = stack[9 + i] = mapping[PAGE - 1 + i] = BEFORE;
  expect_nothing_seen("a1.cow.kernel-wrote-for-child", status_of(read_into_shared_pages));
  int where = 0;
  for (int i = 0; i < 2; i++) {
    where |= data[i] == BEFORE ? 0 : DATA;
    where |= bss[7 + i] == BEFORE ? 0 : BSS;
    where |= stack[9 + i] == BEFORE ? 0 : STACK;
    where |= mapping[PAGE - 1 + i] == BEFORE ? 0 : MAPPING;
  }
  expect_nothing_seen("a1.cow.kernel-write-not-seen", where << 8);
}
