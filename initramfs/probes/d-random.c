/*
 * Proves: /dev/urandom gives what it is asked for, never the same to two readers, and 1 MiB of it is no worse than chance: as many ones as zeros
 * (monobit), as many runs as there should be, each byte as often as others (chi square, 255 degrees of freedom).
 * Spec: phases.md D (/dev/urandom); tests 2.1 and 2.3 of NIST SP 800-22, Pearson's chi square. Bounds: 5.5 standard deviations, or the quantiles 2e-8 and
 * 1 - 2e-8 of chi square (Wilson and Hilferty): a sound kernel fails one of the three in less than 2 runs of 10^7.
 * System calls: openat, read, close, mmap, clone, wait4, kill, nanosleep, clock_gettime, exit_group.
 */
#include "files.h"
#include "mapping.h"

enum { BYTES = 1 << 20, BITS = 8 * BYTES, MOST_OFF = 7964, EACH = BYTES / 256, LEAST_CHI = 148, MOST_CHI = 402, BLOCK = 32 };

static byte bytes[BYTES];
static long counts[256];

static long read_all(void *to, long length) {
  long device = open_file("/dev/urandom", O_RDONLY), got = 0, count = 1;
  while (got < length && (count = sys(SYS_read, device, (byte *)to + got, length - got)) > 0) got += count;
  close_file(device);
  return got;
}

static int is_same(const volatile byte *a, const volatile byte *b) {
  for (int i = 0; i < BLOCK; i++)
    if (a[i] != b[i]) return 0;
  return 1;
}

static byte *shared;

static int read_for_parent(void) {
  return read_all(shared + BLOCK, BLOCK) != BLOCK;
}

static void distribution(void) {
  long ones = 0, runs = 1, square = 0;
  int last = bytes[0] >> 7;
  for (long i = 0; i < BYTES; i++) {
    counts[bytes[i]]++;
    for (int bit = 7; bit >= 0; bit--) {
      int now = bytes[i] >> bit & 1;
      ones += now;
      runs += now != last;
      last = now;
    }
  }
  for (int i = 0; i < 256; i++) square += (counts[i] - EACH) * (counts[i] - EACH);
  long chi = square / EACH;
  /* Of n bits, n / 2 ones and n / 2 runs, with a standard deviation of sqrt(n) / 2 = 1448. */
  expect_true("d.random.ones", ones > BITS / 2 - MOST_OFF && ones < BITS / 2 + MOST_OFF, "4194304, give or take 7964", ones);
  expect_true("d.random.runs", runs > BITS / 2 - MOST_OFF && runs < BITS / 2 + MOST_OFF, "4194304, give or take 7964", runs);
  expect_true("d.random.chi-square", chi >= LEAST_CHI && chi <= MOST_CHI, "148 to 402, 255 on average", chi);
}

PROBE("d-random") {
  expect_equal("d.random.read", read_all(bytes, BYTES), BYTES);
  distribution();
  shared = map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  expect_equal("d.random.child", status_of(read_for_parent), 0);
  expect_equal("d.random.mine", read_all(shared, BLOCK), BLOCK);
  expect_equal("d.random.child-differs", is_same(shared, shared + BLOCK), 0);
  long again = 0;
  for (long i = BLOCK; i + BLOCK <= 4096; i += BLOCK)
    for (long j = 0; j < i; j += BLOCK) again += is_same(bytes + i, bytes + j);
  expect_equal("d.random.no-block-twice", again, 0);
}
