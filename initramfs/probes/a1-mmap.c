/*
 * Proves: anonymous mappings are zero, writable and apart from each other; munmap takes away just the pages it names, and an
 * access after it is SIGSEGV; what is mapped there next shows nothing of what was.
 * Spec: phases.md A1 (anonymous mmap and munmap, access after munmap -> SIGSEGV); mmap(2).
 * System calls: mmap, munmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "mapping.h"
#include "samples.h"

enum { PAGES = 12, HOLE_FROM = 4, HOLE_TO = 8, CYCLES = 200, CYCLE_PAGES = 16, PATTERN = 0xc3 };

static long unmap(byte *from, long pages) {
  return sys(SYS_munmap, from, pages * PAGE);
}

static void hole_in_the_middle(byte *pages) {
  fill(pages, PAGES * PAGE, PATTERN);
  expect_equal("a1.mmap.unmap-middle", unmap(pages + HOLE_FROM * PAGE, HOLE_TO - HOLE_FROM), 0);
  expect_equal("a1.mmap.hole-first-load", signal_of_load(pages + HOLE_FROM * PAGE), SIGSEGV);
  expect_equal("a1.mmap.hole-last-store", signal_of_store(pages + HOLE_TO * PAGE - 1), SIGSEGV);
  expect_equal("a1.mmap.kept-before", count_other(pages, HOLE_FROM * PAGE, PATTERN), 0);
  expect_equal("a1.mmap.kept-behind", count_other(pages + HOLE_TO * PAGE, (PAGES - HOLE_TO) * PAGE, PATTERN), 0);
  expect_equal("a1.mmap.unmap-with-hole", unmap(pages, PAGES), 0);
  expect_equal("a1.mmap.unmapped-load", signal_of_load(pages), SIGSEGV);
  expect_equal("a1.mmap.unmapped-store", signal_of_store(pages + PAGES * PAGE - 1), SIGSEGV);
}

static long map_fixed(byte *at, long pages) {
  return sys(SYS_mmap, at, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void fixed_places(byte *pages) {
  expect_equal("a1.mmap.fixed", map_fixed(pages, PAGES) - (long)pages, 0);
  if (signal_of_load(pages) != 0) return fail_expected("a1.mmap.nothing-stale", "a page that can be read", signal_of_load(pages));
  expect_equal("a1.mmap.nothing-stale", count_other(pages, PAGES * PAGE, 0), 0);
  fill(pages, PAGES * PAGE, PATTERN);
  expect_equal("a1.mmap.fixed-over", map_fixed(pages + PAGE, 1) - (long)(pages + PAGE), 0);
  expect_equal("a1.mmap.replaced", count_other(pages + PAGE, PAGE, 0), 0);
  expect_equal("a1.mmap.not-replaced", count_other(pages, PAGE, PATTERN) + count_other(pages + 2 * PAGE, PAGE, PATTERN), 0);
  unmap(pages, PAGES);
}

static void time_cycles(void) {
  static long samples[CYCLES];
  long done = 0;
  for (; done < CYCLES; done++) {
    long start = now_ns();
    byte *pages = map_pages(CYCLE_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    if (is_error((long)pages)) break;
    for (long i = 0; i < CYCLE_PAGES; i++) pages[i * PAGE] = 1;
    if (unmap(pages, CYCLE_PAGES) != 0) break;
    samples[done] = now_ns() - start;
  }
  expect_equal("a1.mmap.many", done, CYCLES);
  if (done > 0) metric_percentiles("mmap_touch_munmap_64kib_ns", samples, done);
}

PROBE("a1-mmap") {
  byte *pages = map_pages(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE), *others = map_pages(PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  int mapped = !is_error((long)pages) && !is_error((long)others);
  expect_true("a1.mmap.mapped", mapped, "two mappings", mapped ? 0 : is_error((long)pages) ? (long)pages : (long)others);
  if (!mapped) return;
  expect_equal("a1.mmap.aligned", (long)pages % PAGE, 0);
  expect_equal("a1.mmap.zero", count_other(pages, PAGES * PAGE, 0), 0);
  fill(pages, PAGES * PAGE, PATTERN);
  expect_equal("a1.mmap.apart", count_other(others, PAGES * PAGE, 0), 0);
  hole_in_the_middle(pages);
  fixed_places(pages);
  expect_equal("a1.mmap.length-zero", sys(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -EINVAL);
  expect_equal("a1.mmap.too-much", sys(SYS_mmap, 0, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -ENOMEM);
  expect_equal("a1.mmap.unmap-unaligned", sys(SYS_munmap, others + 1, PAGE), -EINVAL);
  unmap(others, PAGES);
  time_cycles();
}
