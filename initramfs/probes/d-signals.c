/*
 * Proves: a user signals his own processes and nobody else's; SIGCONT within a session alone goes to anybody's.
 * Spec: phases.md D (signals to others' processes -> EPERM); kill(2).
 * System calls: kill, getpid, setsid, setresuid, setresgid, setgroups, mmap, clone, wait4, nanosleep, clock_gettime, exit_group.
 */
#include "signals.h"
#include "users.h"

static volatile long victim;

/* A process of somebody's that sleeps until it is killed. */
static long sleeper_of(int id, int leads_session) {
  told = told == 0 ? (volatile long *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED) : told;
  told[1] = 0;
  long child = fork_child();
  if (child != 0) {
    for (long until = now_ns() + PATIENCE_MS * 1000000l; told[1] == 0 && now_ns() < until;) sleep_ms(1);
    return child;
  }
  if (leads_session) sys(SYS_setsid);
  long error = become(id);
  told[1] = 1;
  for (; error == 0;) sleep_ms(1000);
  sys(SYS_exit_group, 1);
  return 0;
}

static long ask(void) {
  return send(victim, 0);
}

static long terminate(void) {
  return send(victim, SIGTERM);
}

static long interrupt(void) {
  return send(victim, SIGINT);
}

static long go_on(void) {
  return send(victim, SIGCONT);
}

static long terminate_init(void) {
  return send(1, SIGTERM);
}

static int lives(long process) {
  return sys(SYS_wait4, process, 0, WNOHANG, 0) == 0;
}

static void to_root(void) {
  victim = sleeper_of(ROOT, 1);
  expect_equal("d.signals.root-ask", answer_as(ALICE, ask), -EPERM);
  expect_equal("d.signals.root-terminate", answer_as(ALICE, terminate), -EPERM);
  expect_equal("d.signals.root-continue", answer_as(ALICE, go_on), -EPERM);
  expect_equal("d.signals.init", answer_as(ALICE, terminate_init), -EPERM);
  expect_true("d.signals.root-lives", lives(victim), "it lives", 0);
  send(victim, SIGKILL);
  reap(victim);
}

static void to_user(void) {
  victim = sleeper_of(ALICE, 1);
  expect_equal("d.signals.other-terminate", answer_as(BOB, terminate), -EPERM);
  expect_true("d.signals.other-lives", lives(victim), "it lives", 0);
  expect_equal("d.signals.own-ask", answer_as(ALICE, ask), 0);
  expect_equal("d.signals.own-interrupt", answer_as(ALICE, interrupt), 0);
  expect_equal("d.signals.own-ended", reap(victim), SIGINT);
  victim = sleeper_of(ALICE, 1);
  expect_equal("d.signals.by-root", send(victim, SIGTERM), 0);
  expect_equal("d.signals.by-root-ended", reap(victim), SIGTERM);
}

static void within_session(void) {
  victim = sleeper_of(ROOT, 0);
  expect_equal("d.signals.session-continue", answer_as(ALICE, go_on), 0);
  expect_equal("d.signals.session-terminate", answer_as(ALICE, terminate), -EPERM);
  send(victim, SIGKILL);
  reap(victim);
}

PROBE("d-signals") {
  to_root();
  to_user();
  within_session();
}
