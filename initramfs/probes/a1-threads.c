/*
 * Proves: threads made by clone share memory, descriptors and process id, have a thread id and a thread pointer of their own,
 * announce their end by a futex, and end with their process: by exit_group, or by a fault of any.
 * Spec: phases.md A1 (threads: clone with CLONE_VM, TLS); clone(2), set_tid_address(2).
 * System calls: clone, futex, gettid, getpid, sched_yield, dup3, fcntl, mmap, wait4, kill, nanosleep, clock_gettime, exit,
 * exit_group.
 */
#include "samples.h"
#include "threads.h"

enum { THREADS = 4, TURNS = 200, PLACE = 60, F_GETFD = 1, TIMED = 200 };

static struct thread threads[THREADS];

/* What each thread found. */
static struct {
  long process, id, wrong_pointers;
  volatile long value;
} found[THREADS];

static volatile long started, counted_turns;

static void work(struct thread *thread) {
  long number = thread->argument;
  found[number].process = sys(SYS_getpid);
  found[number].id = sys(SYS_gettid);
  found[number].value = 100 + number;
  sys(SYS_dup3, 1, PLACE + number, 0);
  __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
  /* All must have begun before one may end, so that they take turns. */
  for (long until = now_ns() + PATIENCE_MS * 1000000l; started < THREADS && now_ns() < until;) sys(SYS_sched_yield);
  for (int i = 0; i < TURNS; i++) {
    found[number].wrong_pointers += thread_pointer() != thread || thread_pointer()->argument != number;
    __atomic_add_fetch(&counted_turns, 1, __ATOMIC_SEQ_CST);
    sys(SYS_sched_yield);
  }
}

static void together(void) {
  long made = 0, joined = 0, same_process = 0, own_id = 0, ids_told = 0, values = 0, descriptors = 0, wrong_pointers = 0, ids[THREADS];
  for (long i = 0; i < THREADS; i++) {
    ids[i] = start_thread(&threads[i], work, i);
    made += ids[i] > 0;
  }
  for (long i = 0; i < THREADS && joined == i; i++) joined += ids[i] > 0 && join_thread(&threads[i]) == 0;
  for (long i = 0; i < THREADS; i++) {
    long is_own = found[i].id != sys(SYS_gettid);
    for (long j = 0; j < i; j++) is_own &= found[i].id != found[j].id;
    same_process += found[i].process == sys(SYS_getpid);
    own_id += is_own;
    ids_told += found[i].id == ids[i];
    values += found[i].value == 100 + i;
    descriptors += sys(SYS_fcntl, PLACE + i, F_GETFD) >= 0;
    wrong_pointers += found[i].wrong_pointers;
    sys(SYS_close, PLACE + i);
  }
  expect_equal("a1.threads.made", made, THREADS);
  expect_equal("a1.threads.joined", joined, THREADS);
  expect_equal("a1.threads.same-process", same_process, THREADS);
  expect_equal("a1.threads.own-id", own_id, THREADS);
  expect_equal("a1.threads.id-told", ids_told, THREADS);
  expect_equal("a1.threads.memory", values, THREADS);
  expect_equal("a1.threads.turns", counted_turns, THREADS * TURNS);
  expect_equal("a1.threads.descriptors", descriptors, THREADS);
  expect_equal("a1.threads.own-pointer", wrong_pointers, 0);
}

static void stay(struct thread *thread) {
  (void)thread;
  for (;;) sleep_ms(1000);
}

static void store_to_null(struct thread *thread) {
  *(volatile int *)(size)(thread->argument) = 1;
}

static int end_all(void) {
  static struct thread thread;
  return start_thread(&thread, stay, 0) > 0 ? 5 : 1;
}

static int fault_in_thread(void) {
  static struct thread thread;
  start_thread(&thread, store_to_null, 0);
  sleep_ms(PATIENCE_MS / 2);
  return 1;
}

/* The first thread's exit ends that thread only: the process's status is the last one's. */
static void exit_group_7(struct thread *thread) {
  (void)thread;
  sleep_ms(50);
  sys(SYS_exit_group, 7);
}

static int first_exits(void) {
  static struct thread thread;
  start_thread(&thread, exit_group_7, 0);
  sys(SYS_exit, 1);
  return 2;
}

static void do_nothing(struct thread *thread) {
  (void)thread;
}

static void time_threads(void) {
  static long samples[TIMED];
  static struct thread thread;
  long done = 0;
  for (; done < TIMED; done++) {
    long start = now_ns();
    if (start_thread(&thread, do_nothing, 0) <= 0 || join_thread(&thread) != 0) break;
    samples[done] = now_ns() - start;
  }
  expect_equal("a1.threads.many", done, TIMED);
  if (done > 0) metric_percentiles("thread_start_join_ns", samples, done);
}

PROBE("a1-threads") {
  together();
  expect_equal("a1.threads.exit-group", status_of(end_all), 5 << 8);
  expect_equal("a1.threads.fault", signal_of(fault_in_thread), SIGSEGV);
  expect_equal("a1.threads.first-exits", status_of(first_exits), 7 << 8);
  time_threads();
}
