/*
 * Proves: each way to touch what a program may not is told from the others by signal, code and address, and ends the program only.
 * Spec: phases.md D (NX: executing heap, stack, anonymous and file data; mprotect; guard pages); sigaction(2) (si_code, si_addr), mmap(2).
 * System calls: mmap, mprotect, munmap, brk, openat, write, ftruncate, rt_sigaction, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "faults.h"
#include "files.h"

/* A function that returns at once, as bytes. */
#if defined(__aarch64__)
static const unsigned returns[] = {0xd65f03c0};
#else
static const unsigned returns[] = {0x909090c3};
#endif

static unsigned in_data[] = {0};
static unsigned in_bss[1];

static byte *mapped(long protection) {
  return map_pages(1, protection, MAP_PRIVATE);
}

static void expect_execute(const char *id, unsigned *at) {
  at[0] = returns[0];
  expect_fault(id, fault_of_call(at), SIGSEGV, SEGV_ACCERR, at);
}

static void data(void) {
  unsigned on_stack[1];
  expect_execute("d.faults.execute-stack", on_stack);
  expect_execute("d.faults.execute-data", in_data);
  expect_execute("d.faults.execute-bss", in_bss);
  byte *heap = (byte *)sys(SYS_brk, 0);
  sys(SYS_brk, heap + PAGE);
  expect_execute("d.faults.execute-heap", (unsigned *)heap);
  expect_execute("d.faults.execute-anonymous", (unsigned *)mapped(PROT_READ | PROT_WRITE));
  long file = open_file("/tmp/d-faults", O_RDWR | O_CREAT | O_TRUNC);
  sys(SYS_write, file, returns, sizeof returns);
  unsigned *in_file = (unsigned *)sys(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  expect_execute("d.faults.execute-file", in_file);
  /* Nothing of the file lies in its second page. */
  byte *beyond = (byte *)sys(SYS_mmap, 0, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);
  expect_fault("d.faults.beyond-end", fault_of_load(beyond + PAGE), SIGBUS, BUS_ADRERR, beyond + PAGE);
  close_file(file);
  remove_file("/tmp/d-faults");
}

static void pages(void) {
  byte *page = mapped(PROT_READ);
  expect_fault("d.faults.write-read-only", fault_of_store(page), SIGSEGV, SEGV_ACCERR, page);
  expect_fault("d.faults.write-text", fault_of_store((byte *)(size)mapped), SIGSEGV, SEGV_ACCERR, (byte *)(size)mapped);
  byte *closed = mapped(PROT_NONE);
  expect_fault("d.faults.read-closed", fault_of_load(closed), SIGSEGV, SEGV_ACCERR, closed);
  expect_fault("d.faults.write-closed", fault_of_store(closed), SIGSEGV, SEGV_ACCERR, closed);
  expect_fault("d.faults.execute-closed", fault_of_call(closed), SIGSEGV, SEGV_ACCERR, closed);
  byte *gone = mapped(PROT_READ | PROT_WRITE);
  sys(SYS_munmap, gone, PAGE);
  expect_fault("d.faults.read-gone", fault_of_load(gone), SIGSEGV, SEGV_MAPERR, gone);
  expect_fault("d.faults.write-gone", fault_of_store(gone), SIGSEGV, SEGV_MAPERR, gone);
  expect_fault("d.faults.execute-gone", fault_of_call(gone), SIGSEGV, SEGV_MAPERR, gone);
  expect_fault("d.faults.read-null", fault_of_load(0), SIGSEGV, SEGV_MAPERR, 0);
}

/* A page between two that may be used: nothing runs over from one to the other. */
static void guards(void) {
  byte *three = map_pages(3, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  expect_equal("d.faults.guard-made", sys(SYS_mprotect, three + PAGE, PAGE, PROT_NONE), 0);
  expect_fault("d.faults.guard-first", fault_of_store(three + PAGE), SIGSEGV, SEGV_ACCERR, three + PAGE);
  expect_fault("d.faults.guard-last", fault_of_store(three + 2 * PAGE - 1), SIGSEGV, SEGV_ACCERR, three + 2 * PAGE - 1);
  expect_fault("d.faults.guard-before", fault_of_store(three + PAGE - 1), 0, 0, 0);
  expect_fault("d.faults.guard-behind", fault_of_store(three + 2 * PAGE), 0, 0, 0);
}

PROBE("d-faults") {
  data();
  pages();
  guards();
}
