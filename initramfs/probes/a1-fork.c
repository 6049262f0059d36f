/*
 * Proves: forking a program of 64 MiB copies almost nothing, a page is copied when it is written, and when the programs have
 * ended all pages are back. Judged by the kernel's own count of free memory.
 * Spec: phases.md A1 (forking a 64 MiB process copies (almost) nothing, by free memory; after exit all pages are back); fork(2).
 * System calls: clone, wait4, exit_group, kill, sysinfo, mmap, munmap, pipe2, read, write, nanosleep, clock_gettime.
 */
#include "samples.h"
#include "settled-memory.h"

enum { MIB = 1024 * 1024, BIG_BYTES = 64 * MIB, BIG_KIB = BIG_BYTES / 1024, FORKS = 1000, FORKS_OF_64_MIB = 50 };
enum { MOST_COPIED_KIB = 4096, LEAST_WRITTEN_KIB = BIG_KIB / 4 * 3, MOST_LEAKED_KIB = 1024 };

/* Ended programs give back their last pages a moment later. */
static long free_after_a_moment(void) {
  sleep_ms(20);
  return free_kib();
}

static void touch(volatile byte *memory, byte value) {
  for (long at = 0; at < BIG_BYTES; at += PAGE) memory[at] = value;
}

static long wrong_children;
static long samples[FORKS];

/* Forks, ends and waits so many times, one child at a time. */
static void time_forks(const char *name, int count) {
  for (int i = 0; i < count; i++) {
    int status = -1;
    long start = now_ns();
    long child = fork_child();
    if (child == 0) sys(SYS_exit_group, 21);
    long waited = sys(SYS_wait4, child, &status, 0, 0);
    samples[i] = now_ns() - start;
    wrong_children += waited != child || status != 21 << 8;
  }
  metric_percentiles(name, samples, count);
}

/* Kernels keep some freed pages aside and don't count them as free. So the first of two rounds shows what is taken, the second what is given back. */
struct round {
  long alone, forked, written, after, status;
};

static struct round fork_big(volatile byte *memory) {
  struct turn to_child, to_parent;
  make_turn(&to_child);
  make_turn(&to_parent);
  struct round round = {.alone = free_after_a_moment()};
  long child = fork_child();
  if (child == 0) {
    await_turn(&to_child);
    touch(memory, 2);
    give_turn(&to_parent);
    await_turn(&to_child);
    sys(SYS_exit_group, 0);
  }
  round.forked = free_after_a_moment();
  give_turn(&to_child);
  await_turn(&to_parent);
  round.written = free_after_a_moment();
  give_turn(&to_child);
  round.status = reap(child);
  round.after = settled_free_kib(round.alone - MOST_LEAKED_KIB);
  for (int i = 0; i < 2; i++) sys(SYS_close, to_child.ends[i]), sys(SYS_close, to_parent.ends[i]);
  return round;
}

static void judge_rounds(volatile byte *memory) {
  struct round first = fork_big(memory), second = fork_big(memory);
  long copied = first.alone - first.forked, written = first.forked - first.written, leaked = second.alone - second.after;
  metric("fork_64_mib_copied_bytes", copied * 1024);
  metric("fork_64_mib_written_bytes", written * 1024);
  expect_equal("a1.fork.children", first.status | second.status, 0);
  expect_true("a1.fork.counts", first.alone > 0 && second.after > 0, "free memory", first.alone);
  expect_true("a1.fork.copies-almost-nothing", copied <= MOST_COPIED_KIB, "at most 4096 KiB less free", copied);
  expect_true("a1.fork.copies-when-written", written >= LEAST_WRITTEN_KIB, "49152 KiB or more less free", written);
  expect_true("a1.fork.gives-back", leaked <= MOST_LEAKED_KIB, "at most 1024 KiB less free than before", leaked);
}

PROBE("a1-fork") {
  long mapped = sys(SYS_mmap, 0, BIG_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect_true("a1.fork.mapped", mapped > 0, "64 MiB", mapped);
  if (mapped <= 0) return;
  touch((byte *)mapped, 1);
  judge_rounds((byte *)mapped);
  long before = free_after_a_moment();
  time_forks("fork_64_mib_exit_wait_ns", FORKS_OF_64_MIB);
  sys(SYS_munmap, mapped, BIG_BYTES);
  time_forks("fork_exit_wait_ns", FORKS);
  mapped = sys(SYS_mmap, 0, BIG_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped > 0) touch((byte *)mapped, 1);
  long after = settled_free_kib(before - MOST_LEAKED_KIB);
  metric("fork_leaked_bytes", (before - after) * 1024);
  expect_equal("a1.fork.every-child", wrong_children, 0);
  expect_true("a1.fork.all-back", before - after <= MOST_LEAKED_KIB, "at most 1024 KiB less free than before", before - after);
}
