/*
 * Figures: two processes on one CPU that wake each other in turn, by futex and by pipes: each round trip is two context switches.
 * Spec: phases.md E (context switch, in virtual time); futex(2), pipe(7).
 * System calls: sched_setaffinity, getcpu, futex, pipe2, read, write, mmap, clone, wait4, clock_gettime, exit_group.
 */
#include "cpus.h"
#include "stopwatch.h"
#include "threads.h"

enum { ROUND_TRIPS = 2000 };

/* Even: it is the parent's turn. */
static volatile int *turn;

static void wait_for_turn(int mine) {
  for (int now; (now = *turn) != mine;) futex_wait(turn, now, -1);
}

static void end_turn(void) {
  ++*turn;
  futex_wake(turn, 1);
}

static void by_futex(void) {
  int status = -1;
  long child = fork_child();
  for (int i = 0; i < ROUND_TRIPS && child == 0; i++) {
    wait_for_turn(2 * i + 1);
    end_turn();
  }
  if (child == 0) sys(SYS_exit_group, 0);
  start_watch();
  for (int i = 0; i < ROUND_TRIPS; i++) {
    end_turn();
    wait_for_turn(2 * i + 2);
    take_sample();
  }
  stop_watch("perf_futex_round_trip");
  sys(SYS_wait4, child, &status, 0, 0);
  expect_equal("e.switches.futex-ended", status, 0);
}

static void by_pipe(void) {
  struct turn there, back;
  int status = -1;
  make_turn(&there);
  make_turn(&back);
  long child = fork_child();
  for (int i = 0; i < ROUND_TRIPS && child == 0; i++) {
    await_turn(&there);
    give_turn(&back);
  }
  if (child == 0) sys(SYS_exit_group, 0);
  start_watch();
  for (int i = 0; i < ROUND_TRIPS; i++) {
    give_turn(&there);
    await_turn(&back);
    take_sample();
  }
  stop_watch("perf_pipe_round_trip");
  sys(SYS_wait4, child, &status, 0, 0);
  expect_equal("e.switches.pipe-ended", status, 0);
}

PROBE("e-switches") {
  turn = (volatile int *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  expect_equal("e.switches.there", run_on(0), 0);
  by_futex();
  by_pipe();
}
