/*
 * Proves: CLOCK_MONOTONIC never goes back, neither for a thread that is moved from CPU to CPU nor between threads on all of them that hand
 * on what they read.
 * Spec: phases.md E (CLOCK_MONOTONIC never goes back, across CPUs); clock_gettime(2).
 * System calls: clock_gettime, sched_setaffinity, getcpu, clone, futex, mmap, exit.
 */
#include "cpus.h"
#include "threads.h"

enum { CPUS = 4, MOVES = 2000, HANDS = 20000 };

static long steps_back_when_moved(void) {
  long back = 0, last = now_ns();
  for (long i = 0; i < MOVES; i++) {
    long error = run_on(i % CPUS), now = now_ns();
    if (error != 0) return error;
    back += now < last;
    last = now;
  }
  return back;
}

/* The latest time that any thread has read. */
static volatile long latest, went_back;

static void hand_on(struct thread *thread) {
  thread->result = run_on(thread->argument);
  for (int i = 0; i < HANDS; i++) {
    long before = __atomic_load_n(&latest, __ATOMIC_SEQ_CST), now = now_ns();
    if (now < before) __atomic_add_fetch(&went_back, 1, __ATOMIC_SEQ_CST);
    while (now > before && !__atomic_compare_exchange_n(&latest, &before, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
  }
}

PROBE("e-clock") {
  static struct thread threads[CPUS];
  long made = 0, joined = 0, there = 0;
  expect_equal("e.clock.moved", steps_back_when_moved(), 0);
  for (long i = 0; i < CPUS; i++) made += start_thread(&threads[i], hand_on, i) > 0;
  for (int i = 0; i < CPUS && joined == i; i++) joined += join_thread(&threads[i]) == 0;
  for (int i = 0; i < CPUS; i++) there += threads[i].result == 0;
  expect_equal("e.clock.threads", made + joined + there, 3 * CPUS);
  expect_equal("e.clock.handed-on", went_back, 0);
}
