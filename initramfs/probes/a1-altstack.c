/*
 * Proves: a handler set with SA_ONSTACK runs on the stack that sigaltstack(2) names, others don't, and so a program can handle
 * its own stack's overflow.
 * Spec: phases.md A1 (sigaltstack); sigaltstack(2).
 * System calls: sigaltstack, rt_sigaction, rt_sigreturn, kill, getpid, clone, wait4, exit_group, nanosleep, clock_gettime.
 */
#include "signals.h"

enum { SS_ONSTACK = 1, SS_DISABLE = 2, STACK_BYTES = 64 * 1024, TOO_SMALL_BYTES = 512, HANDLED = 42 };

struct stack {
  void *base;
  int flags;
  size bytes;
};

static byte alternate[STACK_BYTES] __attribute__((aligned(16)));
static const struct stack alternate_stack = {alternate, 0, sizeof alternate};

static volatile int calls;
static volatile long on_alternate, flags_within, change_within;

static int is_alternate(const void *pointer) {
  return (const byte *)pointer >= alternate && (const byte *)pointer < alternate + sizeof alternate;
}

static long flags_now(void) {
  struct stack now = {0, -1, 0};
  sys(SYS_sigaltstack, 0, &now);
  return now.flags;
}

static void look(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)context;
  calls++;
  on_alternate = is_alternate(__builtin_frame_address(0)) && is_alternate(information);
  flags_within = flags_now();
  change_within = sys(SYS_sigaltstack, &alternate_stack, 0);
}

static void take(unsigned long flags) {
  calls = 0;
  on_alternate = flags_within = change_within = -1000;
  set_action(SIGUSR1, look, flags, 0);
  send_self(SIGUSR1);
}

static void end_program(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  sys(SYS_exit_group, is_alternate(__builtin_frame_address(0)) ? HANDLED : 1);
}

static volatile long deepest = 1l << 40; /* volatile: the compiler must not know that it is out of reach */

__attribute__((noinline)) static long overflow(long level) {
  volatile byte frame[1024];
  frame[0] = (byte)level;
  return level == deepest ? 0 : overflow(level + 1) + frame[0];
}

static int overflow_and_handle(void) {
  set_action(SIGSEGV, end_program, SA_ONSTACK, 0);
  return (int)overflow(0);
}

static int overflow_without(void) {
  struct stack none = {0, SS_DISABLE, 0};
  sys(SYS_sigaltstack, &none, 0);
  set_action(SIGSEGV, end_program, SA_ONSTACK, 0);
  return (int)overflow(0);
}

PROBE("a1-altstack") {
  struct stack too_small = {alternate, 0, TOO_SMALL_BYTES}, set = {0, -1, 0};
  expect_equal("a1.altstack.none-at-first", flags_now(), SS_DISABLE);
  expect_equal("a1.altstack.too-small", sys(SYS_sigaltstack, &too_small, 0), -ENOMEM);
  expect_equal("a1.altstack.set", sys(SYS_sigaltstack, &alternate_stack, 0), 0);
  sys(SYS_sigaltstack, 0, &set);
  expect_true("a1.altstack.told", set.base == alternate && set.bytes == sizeof alternate && set.flags == 0, "the stack that was set, flags 0", set.flags);

  take(SA_ONSTACK);
  expect_equal("a1.altstack.called", calls, 1);
  expect_equal("a1.altstack.handler-on-it", on_alternate, 1);
  expect_equal("a1.altstack.flags-within", flags_within, SS_ONSTACK);
  expect_equal("a1.altstack.no-change-within", change_within, -EPERM);
  expect_equal("a1.altstack.flags-after", flags_now(), 0);

  take(0);
  expect_equal("a1.altstack.called-without", calls, 1);
  expect_equal("a1.altstack.not-without-flag", on_alternate, 0);
  expect_equal("a1.altstack.flags-without", flags_within, 0);

  expect_equal("a1.altstack.overflow-handled", status_of(overflow_and_handle), HANDLED << 8);
  long status = status_of(overflow_without);
  expect_equal("a1.altstack.overflow-without", status < 0 ? status : status & 0x7f, SIGSEGV);
}
