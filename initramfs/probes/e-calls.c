/*
 * Figures: a system call that does next to nothing, and a signal that a program sends itself, its handler and the way back.
 * Spec: phases.md E (system call p50/p99, in virtual time); getpid(2), kill(2), sigreturn(2).
 * System calls: getpid, kill, rt_sigaction, rt_sigreturn, clock_gettime.
 */
#include "signals.h"
#include "stopwatch.h"

enum { CALLS = 10000, SIGNALS = 2000 };

static volatile long handled;

static void count_signal(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  handled++;
}

PROBE("e-calls") {
  long self = sys(SYS_getpid), wrong = 0;
  start_watch();
  for (int i = 0; i < CALLS; i++) {
    wrong += sys(SYS_getpid) != self;
    take_sample();
  }
  stop_watch("perf_getpid");
  expect_equal("e.calls.wrong", wrong, 0);

  on_signal(SIGUSR1, count_signal);
  start_watch();
  for (int i = 0; i < SIGNALS; i++) {
    sys(SYS_kill, self, SIGUSR1);
    take_sample();
  }
  stop_watch("perf_signal");
  expect_equal("e.calls.handled", handled, SIGNALS);
}
