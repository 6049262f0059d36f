/*
 * No figure, but what must be before there are any: Linux's pool of random numbers is made ready with bytes that are always the same. In virtual
 * time nothing else seeds it for a while, and until then each system call is twenty times as long (randomize_kstack_offset asks the pool).
 * Spec: random(4) (RNDADDENTROPY), getrandom(2). A kernel without that ioctl is left as it is.
 * System calls: openat, ioctl, close, getrandom.
 */
#include "files.h"

#define RNDADDENTROPY 0x40085203
enum { SEED_BYTES = 64, GRND_NONBLOCK = 1 };

PROBE("e-begin") {
  struct { int bits, bytes; byte seed[SEED_BYTES]; } entropy = {8 * SEED_BYTES, SEED_BYTES, {0}};
  byte random[16];
  long file = open_file("/dev/urandom", O_RDWR);
  long seeded = file < 0 ? file : sys(SYS_ioctl, file, RNDADDENTROPY, &entropy);
  if (file >= 0) close_file(file);
  long got = sys(SYS_getrandom, random, sizeof random, GRND_NONBLOCK);
  expect_true("e.begin.random", seeded != 0 || got == sizeof random, "16 random bytes at once, where the pool could be seeded", got);
}
