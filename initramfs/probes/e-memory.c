/*
 * Figures: the first touch of a page, and what goes through a pipe from one process to another.
 * Spec: phases.md E (page fault, pipe throughput, in virtual time); mmap(2), pipe(7).
 * System calls: mmap, pipe2, close, read, write, clone, wait4, clock_gettime, exit_group.
 */
#include "mapping.h"
#include "stopwatch.h"

enum { PAGES = 2048, BLOCK = 4096, BLOCKS = 1024 };

static byte block[BLOCK];

static void touch_pages(void) {
  volatile byte *pages = map_pages(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  long zero = 0;
  start_watch();
  for (int i = 0; i < PAGES; i++) {
    pages[i * PAGE] = 1;
    take_sample();
  }
  stop_watch("perf_page_fault");
  for (int i = 0; i < PAGES; i++) zero += pages[i * PAGE + 1] == 0;
  expect_equal("e.memory.zero", zero, PAGES);
}

static void through_pipe(void) {
  int ends[2], status = -1;
  sys(SYS_pipe2, ends, 0);
  long child = fork_child();
  if (child == 0) {
    sys(SYS_close, ends[0]);
    for (int i = 0; i < BLOCKS; i++) sys(SYS_write, ends[1], block, BLOCK);
    sys(SYS_exit_group, 0);
  }
  sys(SYS_close, ends[1]);
  long count, received = 0, start = now_ns();
  while ((count = sys(SYS_read, ends[0], block, BLOCK)) > 0) received += count;
  long ns = now_ns() - start;
  sys(SYS_wait4, child, &status, 0, 0);
  expect_equal("e.memory.received", received, BLOCK * BLOCKS);
  expect_equal("e.memory.ended", status, 0);
  metric("perf_pipe_4_mib_ns", ns);
}

PROBE("e-memory") {
  touch_pages();
  through_pipe();
}
