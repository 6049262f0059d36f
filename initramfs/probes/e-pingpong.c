/*
 * Proves: two threads on two CPUs wake each other by futex, and two processes by pipes, 10,000 times each or as often as the first argument
 * says, and no wake-up is lost.
 * Spec: phases.md E (futex/pipe ping-pong between CPUs, no lost wake-up in 10,000 rounds, 100,000 in soak); futex(2), pipe(7).
 * System calls: futex, pipe2, read, write, ppoll, sched_setaffinity, getcpu, clone, wait4, kill, mmap, nanosleep, clock_gettime, exit, exit_group.
 */
#include "cpus.h"
#include "polling.h"
#include "start-state.h"
#include "threads.h"

static long rounds = 10000;
static volatile int ball;
/* How often a wait came to its time-out: what it waited for had come, or was never sent; either is a wake-up that was lost. */
static volatile long lost;

/* Waits for its turn, and hands the ball on: even numbers are one's, odd ones the other's. */
static void play(long side) {
  for (long turn = side; turn < 2 * rounds && !lost; turn += 2) {
    for (int now; (now = ball) != turn && !lost;)
      if (futex_wait(&ball, now, PATIENCE_MS) == -ETIMEDOUT) lost++;
    ball = (int)turn + 1;
    futex_wake(&ball, 1);
  }
}

static void play_on_other(struct thread *thread) {
  thread->result = run_on(1);
  play(1);
}

static void by_futex(void) {
  static struct thread other;
  expect_equal("e.pingpong.first-cpu", run_on(0), 0);
  long start = now_ns();
  expect_true("e.pingpong.thread", start_thread(&other, play_on_other, 0) > 0, "a thread", 0);
  play(0);
  expect_equal("e.pingpong.joined", join_thread(&other), 0);
  expect_equal("e.pingpong.second-cpu", other.result, 0);
  expect_equal("e.pingpong.futex-lost", lost, 0);
  expect_equal("e.pingpong.futex-rounds", ball, 2 * rounds);
  metric("futex_round_trip_ns", (now_ns() - start) / rounds);
}

/* Whether the turn comes in time. */
static int turn_comes(const struct turn *turn) {
  if (ready_within(turn->ends[0], POLLIN, PATIENCE_MS) <= 0) return 0;
  await_turn(turn);
  return 1;
}

static void by_pipe(void) {
  struct turn there, back;
  make_turn(&there);
  make_turn(&back);
  long start = now_ns(), child = fork_child(), done = 0;
  if (child == 0) {
    if (run_on(1) != 0) sys(SYS_exit_group, 2);
    for (long i = 0; i < rounds; i++) {
      if (!turn_comes(&there)) sys(SYS_exit_group, 3);
      give_turn(&back);
    }
    sys(SYS_exit_group, 0);
  }
  for (int comes = 1; done < rounds && comes; done += comes) {
    give_turn(&there);
    comes = turn_comes(&back);
  }
  expect_equal("e.pingpong.pipe-rounds", done, rounds);
  metric("pipe_round_trip_ns", (now_ns() - start) / rounds);
  expect_equal("e.pingpong.pipe-other", reap(child), 0);
}

PROBE("e-pingpong") {
  if (start_stack[0] == 2) rounds = 0;
  for (const char *digit = start_stack[0] == 2 ? start_arguments()[1] : ""; *digit != 0; digit++) rounds = 10 * rounds + *digit - '0';
  by_futex();
  by_pipe();
}
