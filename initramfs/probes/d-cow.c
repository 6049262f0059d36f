/*
 * Proves: a child keeps what its parent's memory was when it was forked, and the parent its own, while threads of the parent write without a
 * pause, on other CPUs, and children write as well.
 * Spec: phases.md D (copy-on-write under concurrent writes); fork(2).
 * System calls: mmap, clone, futex, sched_setaffinity, getcpu, sched_yield, wait4, kill, nanosleep, clock_gettime, exit, exit_group.
 */
#include "cpus.h"
#include "threads.h"

enum { WRITERS = 3, PAGES = 64, FORKS = 30, WORDS = PAGES * PAGE / 8, OF_CHILD = -7 };

static struct thread writers[WRITERS];
static volatile long *memory[WRITERS];
static volatile int over;

/* Each of its words in turn, the same number in all: forked memory has at most one step in it. */
static void write_on(struct thread *thread) {
  volatile long *words = memory[thread->argument];
  thread->result = run_on(thread->argument + 1);
  for (long round = 1; !over; round++)
    for (long i = 0; i < WORDS; i += 64) words[i] = round;
}

/* How many steps down are in a writer's words, from the first on: none, or one where it was at work. -1 where a number goes up, or jumps. */
static long steps(const volatile long *words) {
  long found = 0;
  for (long i = 64; i < WORDS; i += 64) {
    if (words[i] == words[i - 64]) continue;
    if (words[i] != words[i - 64] - 1) return -1;
    found++;
  }
  return found;
}

/* Nothing that is written elsewhere may show, in any page. What is written here, beside the writers' words, must not leave. */
static int keeps_its_own(void) {
  static long seen[WRITERS][WORDS / 64];
  for (int i = 0; i < WRITERS; i++) {
    if (steps(memory[i]) < 0 || steps(memory[i]) > 1) return 1;
    for (long at = 0; at < WORDS; at += 64) seen[i][at / 64] = memory[i][at];
  }
  for (int turn = 0; turn < 20; turn++) sys(SYS_sched_yield);
  for (int i = 0; i < WRITERS; i++)
    for (long at = 0; at < WORDS; at += 64) {
      if (memory[i][at] != seen[i][at / 64]) return 2;
      memory[i][at + 1] = OF_CHILD;
    }
  return 0;
}

PROBE("d-cow") {
  long made = 0, torn = 0, seen = 0, leaked = 0, failed_forks = 0, advanced = 0;
  for (int i = 0; i < WRITERS; i++) {
    memory[i] = (volatile long *)map_pages(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    made += start_thread(&writers[i], write_on, i) > 0;
  }
  expect_equal("d.cow.writers", made, WRITERS);
  for (int n = 0; n < FORKS; n++) {
    long before = memory[0][0];
    long status = status_of(keeps_its_own);
    torn += status == 1 << 8;
    seen += status == 2 << 8;
    failed_forks += status != 0 && status != 1 << 8 && status != 2 << 8;
    for (int i = 0; i < WRITERS; i++)
      for (long at = 0; at < WORDS; at += 64) leaked += memory[i][at + 1] == OF_CHILD;
    for (long until = now_ns() + PATIENCE_MS * 1000000l; memory[0][0] == before && now_ns() < until;) sys(SYS_sched_yield);
    advanced += memory[0][0] != before;
  }
  over = 1;
  for (int i = 0; i < WRITERS; i++) join_thread(&writers[i]);
  expect_equal("d.cow.forks-failed", failed_forks, 0);
  expect_equal("d.cow.torn", torn, 0);
  expect_equal("d.cow.seen-in-child", seen, 0);
  expect_equal("d.cow.seen-in-parent", leaked, 0);
  expect_equal("d.cow.writers-went-on", advanced, FORKS);
}
