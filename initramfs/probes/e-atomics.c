/*
 * Proves: atomic additions, exchanges and locked sections of threads that are moved from CPU to CPU, more of them than CPUs, lose nothing.
 * Spec: phases.md E (atomics across migration and context switch); Arm ARM B2.9 (exclusive accesses, and that an exception clears the monitor).
 * System calls: sched_setaffinity, getcpu, sched_yield, clone, futex, mmap, clock_gettime, exit.
 */
#include "cpus.h"
#include "threads.h"

enum { THREADS = 8, ROUNDS = 20000, CPUS = 4 };

static struct thread threads[THREADS];
static volatile long sum, guarded;
static volatile int lock;

static void work(struct thread *thread) {
  for (long i = 0; i < ROUNDS; i++) {
    if (i % 500 == 0) thread->result += run_on((thread->argument + i / 500) % CPUS) != 0;
    __atomic_add_fetch(&sum, 1, __ATOMIC_SEQ_CST);
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) sys(SYS_sched_yield);
    guarded++;
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
  }
}

PROBE("e-atomics") {
  long made = 0, joined = 0, errors = 0;
  for (long i = 0; i < THREADS; i++) made += start_thread(&threads[i], work, i) > 0;
  /* The first one ends when nearly all is done. */
  for (int i = 0; i < THREADS && joined == i; i++)
    for (int patience = 0; patience < 4 && joined == i; patience++) joined += join_thread(&threads[i]) == 0;
  for (int i = 0; i < THREADS; i++) errors += threads[i].result;
  expect_equal("e.atomics.made", made, THREADS);
  expect_equal("e.atomics.joined", joined, THREADS);
  expect_equal("e.atomics.move-errors", errors, 0);
  expect_equal("e.atomics.added", sum, THREADS * ROUNDS);
  expect_equal("e.atomics.locked", guarded, THREADS * ROUNDS);
}
