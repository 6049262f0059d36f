/*
 * A thread on another CPU that stores to a page without a pause, while this one takes the page away and gives it back: once the call that takes
 * it away has returned, no store may get through on any CPU (TLB shoot-down; Arm ARM D8.13, Linux Documentation/core-api/cachetlb.rst).
 */
#pragma once

#include "faults.h"
#include "threads.h"

/* The page's first word is counted up. */
static volatile long *contested;
static volatile int is_open, is_waiting, is_over;

/* In the thread whose store faulted: it tries again when the page is back. */
static void wait_for_page(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  is_waiting = 1;
  for (long until = now_ns() + PATIENCE_MS * 1000000l; !is_open && now_ns() < until;) sys(SYS_sched_yield);
  is_waiting = 0;
}

static inline long run_on(long cpu) {
  unsigned long mask = 1ul << cpu;
  return sys(SYS_sched_setaffinity, 0, sizeof mask, &mask);
}

static void store_on(struct thread *thread) {
  thread->result = run_on(thread->argument);
  while (!is_over) ++*contested;
}

enum { TAKES_WRITING, TAKES_PAGE };

static inline long take(int how) {
  if (how == TAKES_WRITING) return sys(SYS_mprotect, contested, PAGE, PROT_READ);
  return sys(SYS_munmap, contested, PAGE);
}

static inline long give_back(int how) {
  if (how == TAKES_WRITING) return sys(SYS_mprotect, contested, PAGE, PROT_READ | PROT_WRITE);
  long again = sys(SYS_mmap, contested, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return again == (long)contested ? 0 : -1;
}

static inline int comes_true(volatile int *flag, int value) {
  for (long until = now_ns() + PATIENCE_MS * 1000000l; *flag != value; sys(SYS_sched_yield))
    if (now_ns() > until) return 0;
  return 1;
}

struct shootdown {
  long rounds, stores_after, never_stopped, errors;
};

/* Takes the page away so many times while the other CPU stores to it. */
static struct shootdown shoot_down(long cpu, int how, long rounds) {
  static struct thread thread;
  struct shootdown found = {0, 0, 0, 0};
  contested = (volatile long *)map_pages(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  is_open = 1;
  is_over = is_waiting = 0;
  on_signal(SIGSEGV, wait_for_page);
  run_on(0);
  if (start_thread(&thread, store_on, cpu) <= 0) return (struct shootdown){0, 0, 0, 1};
  for (; found.rounds < rounds && found.never_stopped == 0; found.rounds++) {
    long before = *contested;
    for (long until = now_ns() + PATIENCE_MS * 1000000l; *contested == before && now_ns() < until;) {}
    is_open = 0;
    found.errors += take(how) != 0;
    if (how == TAKES_WRITING) {
      long value = *contested;
      found.never_stopped += !comes_true(&is_waiting, 1);
      found.stores_after += *contested != value;
    } else found.never_stopped += !comes_true(&is_waiting, 1);
    found.errors += give_back(how) != 0;
    is_open = 1;
    found.never_stopped += !comes_true(&is_waiting, 0);
  }
  is_over = 1;
  found.errors += join_thread(&thread) != 0 || thread.result != 0;
  return found;
}
