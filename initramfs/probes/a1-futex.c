/*
 * Proves: futex lets a thread wait while a word has a value, wakes as many as it is told, gives up in time, works across processes,
 * and makes a lock that excludes.
 * Spec: phases.md A1 (threads: futex); futex(2).
 * System calls: futex, clone, mmap, sched_yield, rt_sigaction, wait4, kill, nanosleep, clock_gettime, exit, exit_group.
 */
#include "samples.h"
#include "signals.h"
#include "threads.h"

enum { WAITERS = 3, LOCKERS = 4, ROUNDS = 2000, SHORT_MS = 50, LONG_MS = 20000, KERNEL_PAGE = -PAGE, ROUND_TRIPS = 500 };

static struct thread threads[LOCKERS];
static volatile int word, coming, woken;

static void wait_on_word(struct thread *thread) {
  __atomic_add_fetch(&coming, 1, __ATOMIC_SEQ_CST);
  thread->result = futex_wait(&word, 1, LONG_MS);
  __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
}

/* Wakes until as many were, since a waiter may not be waiting yet. */
static long wake_in_time(volatile int *at, int most, long wanted) {
  long total = 0;
  for (long until = now_ns() + PATIENCE_MS * 1000000l; total < wanted && now_ns() < until; sleep_ms(1)) total += futex_wake(at, most);
  return total;
}

static void waking(void) {
  long joined = 0, results = 0;
  word = 1;
  for (int i = 0; i < WAITERS; i++) start_thread(&threads[i], wait_on_word, 0);
  /* A kernel that wakes them all is seen by it only where they all wait. */
  for (long until = now_ns() + PATIENCE_MS * 1000000l; coming < WAITERS && now_ns() < until;) sleep_ms(1);
  sleep_ms(SHORT_MS);
  expect_equal("a1.futex.wake-one", wake_in_time(&word, 1, 1), 1);
  sleep_ms(SHORT_MS);
  expect_equal("a1.futex.one-woken", woken, 1);
  expect_equal("a1.futex.wake-others", wake_in_time(&word, 100, WAITERS - 1), WAITERS - 1);
  for (int i = 0; i < WAITERS; i++) {
    joined += joined == i && join_thread(&threads[i]) == 0;
    results += threads[i].result == 0;
  }
  expect_equal("a1.futex.all-woken", joined, WAITERS);
  expect_equal("a1.futex.answers", results, WAITERS);
  expect_equal("a1.futex.none-waits", futex_wake(&word, 100), 0);
}

/* 0 free, 1 taken, 2 taken and waited for: the lock of "Futexes Are Tricky". */
static volatile int lock;
static volatile long guarded;

static int exchange(int from, int to) {
  __atomic_compare_exchange_n(&lock, &from, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return from;
}

static void take_lock(void) {
  int state = exchange(0, 1);
  while (state != 0) {
    if (state == 2 || exchange(1, 2) != 0) futex_wait(&lock, 2, LONG_MS);
    state = exchange(0, 2);
  }
}

static void release_lock(void) {
  if (__atomic_exchange_n(&lock, 0, __ATOMIC_SEQ_CST) == 2) futex_wake(&lock, 1);
}

static void count_guarded(struct thread *thread) {
  (void)thread;
  for (int i = 0; i < ROUNDS; i++) {
    take_lock();
    long value = guarded;
    if (i % 16 == 0) sys(SYS_sched_yield); /* so that others come to wait */
    guarded = value + 1;
    release_lock();
  }
}

static void excluding(void) {
  long joined = 0;
  for (int i = 0; i < LOCKERS; i++) start_thread(&threads[i], count_guarded, 0);
  for (int i = 0; i < LOCKERS && joined == i; i++) joined += join_thread(&threads[i]) == 0;
  expect_equal("a1.futex.lockers", joined, LOCKERS);
  expect_equal("a1.futex.excludes", guarded, LOCKERS * ROUNDS);
}

static volatile int *shared;

/* A child and this program hand a word to and fro: odd values are the child's. */
static void between_processes(void) {
  static long samples[ROUND_TRIPS];
  shared = (void *)map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  long child = fork_child(), answered = 0;
  if (child == 0) {
    for (int i = 0; i < ROUND_TRIPS; i++) {
      while (*shared % 2 == 0) futex_wait(shared, *shared & ~1, LONG_MS);
      ++*shared;
      futex_wake(shared, 1);
    }
    sys(SYS_exit_group, 0);
  }
  for (int i = 0; i < ROUND_TRIPS; i++) {
    long start = now_ns(), answer = 0;
    ++*shared;
    futex_wake(shared, 1);
    while (*shared % 2 == 1 && answer != -ETIMEDOUT) answer = futex_wait(shared, *shared | 1, PATIENCE_MS);
    samples[i] = now_ns() - start;
    if (*shared % 2 == 1) break;
    answered++;
  }
  expect_equal("a1.futex.across-processes", answered, ROUND_TRIPS);
  expect_equal("a1.futex.child", reap(child), 0);
  if (answered > 0) metric_percentiles("futex_round_trip_ns", samples, answered);
}

static void note(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
}

static void giving_up(void) {
  word = 1;
  expect_equal("a1.futex.changed", futex_wait(&word, 2, LONG_MS), -EAGAIN);
  long start = now_ns();
  expect_equal("a1.futex.time-out", futex_wait(&word, 1, SHORT_MS), -ETIMEDOUT);
  expect_elapsed("a1.futex.time-out-elapsed", start, SHORT_MS);
  on_signal(SIGALRM, note);
  set_alarm(20000, 20000);
  expect_equal("a1.futex.interrupted", futex_wait(&word, 1, LONG_MS), -EINTR);
  set_alarm(0, 0);
  expect_equal("a1.futex.unaligned", futex_wake((volatile int *)((size)&word + 1), 1), -EINVAL);
  expect_equal("a1.futex.bad-pointer", futex_wait((volatile int *)(size)KERNEL_PAGE, 0, 0), -EFAULT);
}

PROBE("a1-futex") {
  waking();
  if (failed > 0) return; /* without wakes the rest would wait too long */
  excluding();
  between_processes();
  giving_up();
}
