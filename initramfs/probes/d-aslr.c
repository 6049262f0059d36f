/*
 * Proves: where a program's stack, mappings, heap and, where it is position-independent, its own code lie differs from run to run; and how
 * many bits of that were seen both 0 and 1: some more than are chosen, since sums carry.
 * Spec: phases.md D (ASLR: stack, mmap, heap, PIE base vary over 32 runs; bits of entropy estimated and recorded); execve(2), getauxval(3).
 * Of 32 runs with 8 bits and more that vary evenly, 31 equal places or two in three come by chance less than once in 10^9.
 * Compiled: -static-pie -fPIE
 * System calls: execve, pipe2, read, write, mmap, brk, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "files.h"
#include "mapping.h"
#include "start-state.h"

enum { RUNS = 32, REPORT = 9, PLACES = 4 };
static const char own_file[] = "/probes/d-aslr";

static void tell_and_end(void) {
  unsigned long places[PLACES] = {(unsigned long)start_stack & ~0xffful, (unsigned long)map_pages(1, PROT_READ, MAP_PRIVATE), (unsigned long)sys(SYS_brk, 0),
                                  (unsigned long)(size)tell_and_end};
  sys(SYS_write, REPORT, places, sizeof places);
  sys(SYS_exit_group, 0);
}

static unsigned long found[RUNS][PLACES];

static int run_once(int run) {
  struct turn report;
  if (make_turn(&report) != 0) return 0;
  long child = fork_child();
  if (child == 0) {
    /* One by one: a table of addresses would have to be relocated, and nothing does that here. */
    const char *volatile arguments[3], *volatile nothing[1];
    arguments[0] = own_file;
    arguments[1] = "r";
    arguments[2] = nothing[0] = 0;
    sys(SYS_dup3, report.ends[1], REPORT, 0);
    sys(SYS_execve, own_file, arguments, nothing);
    sys(SYS_exit_group, 1);
  }
  close_file(report.ends[1]);
  long count = sys(SYS_read, report.ends[0], found[run], sizeof found[run]);
  close_file(report.ends[0]);
  return reap(child) == 0 && count == sizeof found[run];
}

static long distinct(int place) {
  long count = 0;
  for (int i = 0; i < RUNS; i++) {
    int is_new = 1;
    for (int j = 0; j < i; j++) is_new &= found[i][place] != found[j][place];
    count += is_new;
  }
  return count;
}

/* Bits that were both 0 and 1: an even bit stays the same in 32 runs once in 2^31. */
static long varying_bits(int place) {
  unsigned long either = 0, both = ~0ul;
  for (int i = 0; i < RUNS; i++) {
    either |= found[i][place];
    both &= found[i][place];
  }
  long bits = 0;
  for (unsigned long varies = either & ~both; varies != 0; varies &= varies - 1) bits++;
  return bits;
}

static void judge(int place, const char *id, const char *figure) {
  expect_true(id, distinct(place) > RUNS / 2, "more than 16 places in 32 runs", distinct(place));
  metric(figure, varying_bits(place));
}

PROBE("d-aslr") {
  if (start_stack[0] == 2) tell_and_end();
  long ran = 0;
  for (int run = 0; run < RUNS; run++) ran += run_once(run);
  expect_equal("d.aslr.runs", ran, RUNS);
  judge(0, "d.aslr.stack", "aslr_stack_bits");
  judge(1, "d.aslr.mapping", "aslr_mapping_bits");
  judge(2, "d.aslr.heap", "aslr_heap_bits");
  judge(3, "d.aslr.code", "aslr_code_bits");
}
