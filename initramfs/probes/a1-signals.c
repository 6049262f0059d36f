/*
 * Proves: SIGINT and SIGALRM reach their handlers, are held while blocked and delivered on unblocking; a handler is not
 * interrupted by what it masks; without a handler both end the program.
 * Spec: phases.md A1 (SIGALRM and SIGINT delivered, held while blocked, delivered on unblock); signal(7), sigaction(2).
 * System calls: rt_sigaction, rt_sigprocmask, rt_sigpending, rt_sigreturn, kill, setitimer, getpid, clone, wait4, nanosleep,
 * clock_gettime.
 */
#include "signals.h"

static volatile int taken[32], deepest;
static volatile struct signal_information last;

static void count(int signal, struct signal_information *information, void *context) {
  (void)context;
  taken[signal]++;
  last = *information;
}

/* Sends its own signal from within, the first time, and notes how many of it run at once. */
static void send_again(int signal, struct signal_information *information, void *context) {
  static volatile int depth;
  (void)information, (void)context;
  if (++depth > deepest) deepest = depth;
  if (++taken[signal] == 1) send_self(signal);
  depth--;
}

static int alarms_during_handler;

static void send_alarm(int signal, struct signal_information *information, void *context) {
  (void)information, (void)context;
  taken[signal]++;
  send_self(SIGALRM);
  alarms_during_handler = taken[SIGALRM];
}

static void forget(void) {
  for (int i = 0; i < 32; i++) taken[i] = 0;
}

/* Waits until the alarm rang, or patience is at its end; says when, after the start. */
static long ms_until_alarm(long start) {
  long until = start + PATIENCE_MS * 1000000l;
  while (taken[SIGALRM] == 0 && !(pending() & bit(SIGALRM)) && now_ns() < until) sleep_ms(1);
  return (now_ns() - start) / 1000000;
}

static void delivered(void) {
  on_signal(SIGINT, count);
  on_signal(SIGALRM, count);
  expect_equal("a1.signals.kill", send_self(SIGINT), 0);
  expect_equal("a1.signals.interrupt-delivered", taken[SIGINT], 1);
  expect_equal("a1.signals.interrupt-number", last.signal, SIGINT);
  expect_equal("a1.signals.interrupt-code", last.code, SI_USER);
  expect_equal("a1.signals.interrupt-sender", last.pid, sys(SYS_getpid));

  long parent = sys(SYS_getpid), child = fork_child();
  if (child == 0) sys(SYS_exit_group, send(parent, SIGINT) != 0);
  reap(child);
  expect_equal("a1.signals.from-another-program", taken[SIGINT], 2);
  expect_equal("a1.signals.other-sender", last.pid, child);

  long start = now_ns();
  set_alarm(50000, 0);
  long after_ms = ms_until_alarm(start);
  expect_equal("a1.signals.alarm-delivered", taken[SIGALRM], 1);
  expect_true("a1.signals.alarm-not-early", after_ms >= 50, "at least 50 ms", after_ms);
  metric("alarm_50ms_ms", after_ms);
}

static void held(void) {
  forget();
  block(bit(SIGINT) | bit(SIGALRM));
  expect_true("a1.signals.mask-set", (blocked() & (bit(SIGINT) | bit(SIGALRM))) == (bit(SIGINT) | bit(SIGALRM)), "bits 0x2002", (long)blocked());
  send_self(SIGINT);
  send_self(SIGINT);
  set_alarm(1000, 0);
  ms_until_alarm(now_ns());
  expect_equal("a1.signals.interrupt-held", taken[SIGINT], 0);
  expect_equal("a1.signals.alarm-held", taken[SIGALRM], 0);
  expect_equal("a1.signals.pending", (long)pending(), (long)(bit(SIGINT) | bit(SIGALRM)));
  unblock(bit(SIGINT));
  expect_equal("a1.signals.interrupt-on-unblock", taken[SIGINT], 1); /* once, although sent twice: signal(7) */
  expect_equal("a1.signals.alarm-still-held", taken[SIGALRM], 0);
  unblock(bit(SIGALRM));
  expect_equal("a1.signals.alarm-on-unblock", taken[SIGALRM], 1);
  expect_equal("a1.signals.nothing-pending", (long)pending(), 0);
}

static void within_handlers(void) {
  forget();
  unsigned long mask = blocked();
  on_signal(SIGINT, send_again);
  send_self(SIGINT);
  expect_equal("a1.signals.own-held-in-handler", deepest, 1);
  expect_equal("a1.signals.own-after-handler", taken[SIGINT], 2);
  forget();
  set_action(SIGINT, send_alarm, 0, bit(SIGALRM));
  send_self(SIGINT);
  expect_equal("a1.signals.masked-held-in-handler", alarms_during_handler, 0);
  expect_equal("a1.signals.masked-after-handler", taken[SIGALRM], 1);
  expect_equal("a1.signals.mask-restored", (long)blocked(), (long)mask);
}

static int die_of_interrupt(void) {
  on_signal(SIGINT, DEFAULT_ACTION);
  return send_self(SIGINT) == 0 ? 0 : 1;
}

static int die_of_alarm(void) {
  on_signal(SIGALRM, DEFAULT_ACTION);
  set_alarm(1000, 0);
  sleep_ms(PATIENCE_MS / 2);
  return 0;
}

static int die_of_held_interrupt(void) {
  on_signal(SIGINT, DEFAULT_ACTION);
  block(bit(SIGINT));
  send_self(SIGINT);
  if (pending() != bit(SIGINT)) return 1;
  unblock(bit(SIGINT));
  return 0;
}

PROBE("a1-signals") {
  delivered();
  held();
  within_handlers();
  forget();
  on_signal(SIGINT, IGNORED);
  expect_equal("a1.signals.ignored", send_self(SIGINT), 0);
  expect_equal("a1.signals.interrupt-ends", status_of(die_of_interrupt), SIGINT);
  expect_equal("a1.signals.alarm-ends", status_of(die_of_alarm), SIGALRM);
  expect_equal("a1.signals.held-interrupt-ends", status_of(die_of_held_interrupt), SIGINT);
  expect_equal("a1.signals.kill-has-no-handler", on_signal(SIGKILL, count), -EINVAL);
}
