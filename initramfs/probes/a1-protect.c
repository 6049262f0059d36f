/*
 * Proves: a program's text and constants can't be written, its data, stack and mappings can't be executed, and mprotect
 * changes what may be done with a page.
 * Spec: phases.md A1 (text not writable, data and stack not executable); mprotect(2).
 * System calls: mmap, mprotect, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "mapping.h"

enum { ANSWER = 42 };

/* A function that returns 42, as bytes that are not text. */
#if defined(__aarch64__)
#define ANSWER_CODE {0x52800540, 0xd65f03c0} /* mov w0, #42; ret */
#else
#define ANSWER_CODE {0x00002ab8, 0x9090c300} /* mov $42, %eax; ret */
#endif

typedef unsigned code[2];

static const code in_constants = ANSWER_CODE;
static volatile code in_data = ANSWER_CODE;
static volatile code in_bss;

static void copy_code(volatile unsigned *to) {
  to[0] = in_constants[0];
  to[1] = in_constants[1];
}

/* New text must reach the instruction cache (Arm ARM B2.4.4); x86-64 sees to it itself. */
static void publish_code(volatile unsigned *at) {
#if defined(__aarch64__)
  __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r"(at) : "memory");
#else
  (void)at;
#endif
}

/* The same bytes run once they may: a fault of the bytes themselves would prove nothing. */
static void pages_that_change(void) {
  byte *page = map_pages(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  if (is_error((long)page)) return fail_expected("a1.protect.mapping-execute", "a page", (long)page);
  volatile unsigned *bytes = (volatile unsigned *)page;
  copy_code(bytes);
  publish_code(bytes);
  expect_equal("a1.protect.mapping-execute", signal_of_call(bytes), SIGSEGV);
  expect_equal("a1.protect.made-executable", sys(SYS_mprotect, page, PAGE, PROT_READ | PROT_EXEC), 0);
  touched = page;
  expect_equal("a1.protect.executed", status_of(call_touched), ANSWER << 8);
  expect_equal("a1.protect.executable-write", signal_of_store(page), SIGSEGV);

  expect_equal("a1.protect.made-read-only", sys(SYS_mprotect, page, PAGE, PROT_READ), 0);
  expect_equal("a1.protect.read-only-load", signal_of_load(page), 0);
  expect_equal("a1.protect.read-only-store", signal_of_store(page), SIGSEGV);
  expect_equal("a1.protect.read-only-execute", signal_of_call(page), SIGSEGV);

  expect_equal("a1.protect.made-inaccessible", sys(SYS_mprotect, page, PAGE, PROT_NONE), 0);
  expect_equal("a1.protect.inaccessible-load", signal_of_load(page), SIGSEGV);
  expect_equal("a1.protect.inaccessible-store", signal_of_store(page), SIGSEGV);
  expect_equal("a1.protect.made-writable", sys(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE), 0);
  expect_equal("a1.protect.writable-store", signal_of_store(page), 0);
  expect_true("a1.protect.contents-kept", bytes[0] == in_constants[0] && bytes[1] == in_constants[1], "what was written before", bytes[0]);

  expect_equal("a1.protect.unaligned", sys(SYS_mprotect, page + 1, PAGE, PROT_READ), -EINVAL);
  sys(SYS_munmap, page, PAGE);
  expect_equal("a1.protect.unmapped", sys(SYS_mprotect, page, PAGE, PROT_READ), -ENOMEM);
}

PROBE("a1-protect") {
  volatile code on_stack;
  copy_code(on_stack);
  copy_code(in_bss);
  publish_code(on_stack);
  publish_code(in_bss);
  publish_code(in_data);
  expect_equal("a1.protect.text-write", signal_of_store((byte *)(size)probe_body), SIGSEGV);
  expect_equal("a1.protect.constants-write", signal_of_store(in_constants), SIGSEGV);
  expect_equal("a1.protect.data-execute", signal_of_call(in_data), SIGSEGV);
  expect_equal("a1.protect.bss-execute", signal_of_call(in_bss), SIGSEGV);
  expect_equal("a1.protect.stack-execute", signal_of_call(on_stack), SIGSEGV);
  pages_that_change();
}
