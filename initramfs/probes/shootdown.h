/*
 * A thread on another CPU that stores to a page without a pause, while this one takes the page away and gives it back: once the call that takes
 * it away has returned, no store may get through on any CPU (TLB shoot-down; Arm ARM D8.13, Linux Documentation/core-api/cachetlb.rst).
 */
#pragma once

#include "cpus.h"
#include "faults.h"
#include "threads.h"

static volatile long *contested;
/* Counted up behind each store, and for each that faults. */
static volatile long stores, faults;
static volatile int is_over;

/* In the thread whose store faulted: it tries again, until the page is back. */
static void try_again(int signal, struct signal_information *information, void *context) {
  (void)signal, (void)information, (void)context;
  faults++;
}

static void store_on(struct thread *thread) {
  thread->result = run_on(thread->argument);
  for (; !is_over; stores++) *contested = stores;
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

/* Stores that came through in a while that is long enough for hundreds. */
static inline long stores_meanwhile(void) {
  long before = stores;
  for (volatile int i = 0; i < 300; i++) {}
  return stores - before;
}

struct shootdown {
  /* Rounds before which the thread stored; those in which it went on although the page was away; calls that failed; faults of the thread. */
  long rounds, went_on, errors, faults;
};

/* Takes the page away so many times while the other CPU stores to it. */
static struct shootdown shoot_down(long cpu, int how, long rounds) {
  static struct thread thread;
  struct shootdown found = {0, 0, 0, 0};
  contested = (volatile long *)map_pages(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  is_over = 0;
  faults = 0;
  on_signal(SIGSEGV, try_again);
  run_on(0);
  if (start_thread(&thread, store_on, cpu) <= 0) return (struct shootdown){0, 0, 1, 0};
  for (int stands_still = 0; found.rounds < rounds && !stands_still;) {
    long before = stores;
    for (long until = now_ns() + PATIENCE_MS * 1000000l; stores == before && !stands_still;) stands_still = now_ns() > until;
    found.rounds += !stands_still;
    found.errors += take(how) != 0;
    /* The one that was done when the call returned may not have been counted. */
    found.went_on += stores_meanwhile() > 1;
    found.errors += give_back(how) != 0;
  }
  is_over = 1;
  found.errors += join_thread(&thread) != 0 || thread.result != 0;
  found.faults = faults;
  return found;
}
