/*
 * Proves: getrandom fills just the bytes it is asked for, with values that are spread, never come again, and differ between parent and
 * child. (It can't prove that they are unpredictable.)
 * Spec: phases.md A1 (getrandom); getrandom(2).
 * System calls: getrandom, mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "mapping.h"

enum { LARGE = 1 << 16, BLOCK = 32, BLOCKS = LARGE / BLOCK, UNKNOWN_FLAG = 1 << 30, KERNEL_PAGE = -PAGE };

static byte large[LARGE];

static long get_random(void *to, size length) {
  return sys(SYS_getrandom, to, length, 0);
}

static int is_same(const byte *a, const byte *b, long length) {
  while (length > 0 && a[length - 1] == b[length - 1]) length--;
  return length == 0;
}

static void just_so_many(void) {
  byte small[64];
  memset(small, 0, sizeof small);
  expect_equal("a1.random.none", get_random(small, 0), 0);
  long filled = 0;
  /* A byte may be 0 by chance: over 20 rounds it is not. */
  for (int round = 0; round < 20; round++) {
    long answer = get_random(small + 16, 17);
    if (answer != 17) return fail_expected("a1.random.few", "17", answer);
    for (int i = 16; i < 33; i++) filled |= (small[i] != 0) << (i - 16);
  }
  pass("a1.random.few");
  expect_equal("a1.random.filled", filled, (1 << 17) - 1);
  expect_equal("a1.random.no-more", count_other(small, 16, 0) + count_other(small + 33, 31, 0), 0);
}

/* Bounds that true randomness breaks less than once in 10^8 runs. */
static void spread(void) {
  static long counts[256];
  long ones = 0, least = LARGE, most = 0, repeated = 0;
  long answer = get_random(large, LARGE);
  expect_equal("a1.random.large", answer, LARGE);
  for (long i = 0; i < LARGE; i++) {
    counts[large[i]]++;
    for (byte bits = large[i]; bits != 0; bits &= (byte)(bits - 1)) ones++;
  }
  for (int i = 0; i < 256; i++) {
    if (counts[i] < least) least = counts[i];
    if (counts[i] > most) most = counts[i];
  }
  for (long i = 1; i < BLOCKS; i++)
    for (long j = 0; j < i; j++) repeated += is_same(large + i * BLOCK, large + j * BLOCK, BLOCK);
  expect_true("a1.random.bits", ones > LARGE * 4 - 2500 && ones < LARGE * 4 + 2500, "262144 ones, give or take 2500", ones);
  expect_true("a1.random.rarest", least >= 145, "145 or more of the rarest byte, of 256 on average", least);
  expect_true("a1.random.most-frequent", most <= 380, "380 or fewer of the most frequent byte, of 256 on average", most);
  expect_equal("a1.random.no-block-twice", repeated, 0);
}

static void between_processes(void) {
  byte *shared = map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  long child = fork_child();
  if (child == 0) sys(SYS_exit_group, get_random(shared, BLOCK) != BLOCK);
  get_random(shared + BLOCK, BLOCK);
  expect_equal("a1.random.child", reap(child), 0);
  expect_equal("a1.random.child-differs", is_same(shared, shared + BLOCK, BLOCK), 0);
}

PROBE("a1-random") {
  just_so_many();
  spread();
  between_processes();
  expect_equal("a1.random.unknown-flag", sys(SYS_getrandom, large, 1, UNKNOWN_FLAG), -EINVAL);
  expect_equal("a1.random.bad-pointer", get_random((void *)KERNEL_PAGE, BLOCK), -EFAULT);
}
