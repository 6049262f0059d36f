/*
 * Proves: two threads on two CPUs wake each other by futex, and two processes by pipes, 10,000 times each, and no wake-up is lost.
 * Spec: phases.md E (futex/pipe ping-pong between CPUs, no lost wake-up in 10,000 rounds); futex(2), pipe(7).
 * System calls: futex, pipe2, read, write, sched_setaffinity, clone, wait4, kill, mmap, nanosleep, clock_gettime, exit, exit_group.
 */
#include "cpus.h"
#include "threads.h"

enum { ROUNDS = 10000 };

static volatile int ball;
static volatile long lost;

/* Waits for its turn, and hands the ball on: even numbers are one's, odd ones the other's. */
static void play(long side) {
  for (long turn = side; turn < 2 * ROUNDS && !lost; turn += 2) {
    for (int now; (now = ball) != turn;)
      if (futex_wait(&ball, now, PATIENCE_MS) == -ETIMEDOUT && ball != turn) {
        lost = turn + 1;
        return;
      }
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
  run_on(0);
  long start = now_ns();
  expect_true("e.pingpong.thread", start_thread(&other, play_on_other, 0) > 0, "a thread", 0);
  play(0);
  expect_equal("e.pingpong.joined", join_thread(&other), 0);
  expect_equal("e.pingpong.pinned", other.result, 0);
  expect_equal("e.pingpong.futex-lost", lost, 0);
  expect_equal("e.pingpong.futex-rounds", ball, 2 * ROUNDS);
  metric("futex_round_trip_ns", (now_ns() - start) / ROUNDS);
}

static void by_pipe(void) {
  struct turn there, back;
  make_turn(&there);
  make_turn(&back);
  long start = now_ns(), child = fork_child(), rounds = 0;
  if (child == 0) {
    run_on(1);
    for (int i = 0; i < ROUNDS; i++) {
      await_turn(&there);
      give_turn(&back);
    }
    sys(SYS_exit_group, 0);
  }
  for (; rounds < ROUNDS; rounds++) {
    give_turn(&there);
    await_turn(&back);
  }
  expect_equal("e.pingpong.pipe-rounds", rounds, ROUNDS);
  metric("pipe_round_trip_ns", (now_ns() - start) / ROUNDS);
  expect_equal("e.pingpong.child", reap(child), 0);
}

PROBE("e-pingpong") {
  by_futex();
  by_pipe();
}
