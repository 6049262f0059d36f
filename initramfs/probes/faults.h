/*
 * Children that touch what they may not, and how the kernel tells of it: signal, code and address (sigaction(2), siginfo_t).
 */
#pragma once

#include "mapping.h"
#include "signals.h"

enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRALN = 1, BUS_ADRERR = 2, ILL_ILLOPC = 1 };

/* All 0 where nothing came of it. */
struct fault {
  long signal, code;
  unsigned long address;
};

/* siginfo_t of a fault: the address comes where others have pid and uid. */
struct fault_information {
  int signal, error, code, padding;
  unsigned long address;
};

static volatile struct fault *seen;

static void note_fault(int signal, struct signal_information *information, void *context) {
  const struct fault_information *fault = (const struct fault_information *)(const void *)information;
  (void)context;
  seen->signal = signal;
  seen->code = fault->code;
  seen->address = fault->address;
  sys(SYS_exit_group, 0);
}

static int (*faulting)(void);

static int run_noted(void) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) on_signal(signals[i], note_fault);
  faulting();
  return 0;
}

/* How `body` faults in a child; the signal is that which ended the child where no handler ran, or what wait4 answered. */
static inline struct fault fault_of(int (*body)(void)) {
  if (seen == 0) seen = (volatile struct fault *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  seen->signal = seen->code = 0;
  seen->address = 0;
  faulting = body;
  long status = status_of(run_noted);
  if (status != 0) return (struct fault){status < 0 ? status : status & 0x7f, -1, 0};
  return (struct fault){seen->signal, seen->code, seen->address};
}

static inline struct fault fault_of_load(const volatile void *address) {
  touched = (volatile byte *)address;
  return fault_of(load_touched);
}

static inline struct fault fault_of_store(const volatile void *address) {
  touched = (volatile byte *)address;
  return fault_of(store_touched);
}

static inline struct fault fault_of_call(const volatile void *address) {
  touched = (volatile byte *)address;
  return fault_of(call_touched);
}

/* A failure says the signal, times 1000 the code. */
static inline void expect_fault(const char *id, struct fault fault, long signal, long code, const volatile void *address) {
  long got = fault.signal + 1000 * fault.code;
  if (fault.address != (unsigned long)(size)address && got == signal + 1000 * code) {
    fail_expected(id, "the address that was touched", (long)fault.address);
    return;
  }
  expect_equal(id, got, signal + 1000 * code);
}
