/*
 * Proves: what is stored to a shared mapping of a file is the file's content, for read and for the disk once msync returned; nothing
 * behind the file's end gets there; direct reads and writes and those through the cache see each other.
 * Spec: phases.md B (mmap and msync persist; O_DIRECT); mmap(2), msync(2), open(2) (O_DIRECT).
 * System calls: openat, pread64, pwrite64, fstat, ftruncate, mmap, munmap, msync, fsync, sync, write, close.
 */
#include "storage.h"
#include "mapping.h"

enum { BYTES = 256 * 1024, MS_SYNC = 4 };

static unsigned long words[BYTES / 8] __attribute__((aligned(4096)));

static long changed_from(long file, unsigned long seed) {
  memset(words, 0, BYTES);
  long count = read_at(file, words, BYTES, 0);
  return count == BYTES ? count_changed(words, BYTES, seed) : count;
}

static void mapping(void) {
  long file = open_file("/mnt/mapped", O_RDWR | O_CREAT | O_TRUNC), direct = open_file("/mnt/mapped", O_RDONLY | O_DIRECT);
  sys(SYS_ftruncate, file, BYTES);
  unsigned long *mapped = (unsigned long *)sys(SYS_mmap, 0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect_true("b.mapped.map", !is_error((long)mapped), "an address", (long)mapped);
  if (is_error((long)mapped)) return;
  fill_randomly(mapped, BYTES, 1);
  expect_equal("b.mapped.read-sees", changed_from(file, 1), 0);
  expect_equal("b.mapped.msync", sys(SYS_msync, mapped, BYTES, MS_SYNC), 0);
  expect_equal("b.mapped.on-disk", changed_from(direct, 1), 0);
  fill_randomly(words, BYTES, 2);
  expect_equal("b.mapped.write", write_at(file, words, BYTES, 0), BYTES);
  expect_equal("b.mapped.sees-write", count_changed(mapped, BYTES, 2), 0);
  sys(SYS_munmap, mapped, BYTES);
  expect_equal("b.mapped.forgotten", forget_cached(), 0);
  expect_equal("b.mapped.stays", changed_from(file, 2), 0);
  close_file(direct);
  close_file(file);
}

/* The rest of the last page can be stored to, and is lost. */
static void behind_the_end(void) {
  byte got[100];
  long file = open_file("/mnt/mapped-end", O_RDWR | O_CREAT | O_TRUNC);
  sys(SYS_ftruncate, file, 100);
  byte *mapped = (byte *)sys(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (is_error((long)mapped)) return fail_expected("b.mapped.end-map", "an address", (long)mapped);
  fill(mapped, PAGE, 'm');
  sys(SYS_msync, mapped, PAGE, MS_SYNC);
  sys(SYS_munmap, mapped, PAGE);
  expect_equal("b.mapped.end-forgotten", forget_cached(), 0);
  sys(SYS_ftruncate, file, 200);
  expect_equal("b.mapped.end-written", read_at(file, got, 100, 0) - count_other(got, 100, 'm'), 100);
  expect_equal("b.mapped.end-zeros", read_at(file, got, 100, 100) - count_other(got, 100, 0), 100);
  close_file(file);
}

static void direct(void) {
  long file = open_file("/mnt/direct", O_RDWR | O_CREAT | O_TRUNC), direct = open_file("/mnt/direct", O_RDWR | O_DIRECT);
  expect_true("b.mapped.direct-open", direct >= 0, "a descriptor", direct);
  fill_randomly(words, BYTES, 3);
  expect_equal("b.mapped.direct-write", write_at(direct, words, BYTES, 0), BYTES);
  expect_equal("b.mapped.direct-written", changed_from(file, 3), 0);
  expect_equal("b.mapped.direct-read", changed_from(direct, 3), 0);
  /* The cache holds the file now: it must not hide what is written past it, nor keep it from what is written into it. */
  fill_randomly(words, BYTES, 4);
  write_at(direct, words, BYTES, 0);
  expect_equal("b.mapped.cache-sees-direct", changed_from(file, 4), 0);
  fill_randomly(words, BYTES, 5);
  write_at(file, words, BYTES, 0);
  expect_equal("b.mapped.direct-sees-cache", changed_from(direct, 5), 0);
  expect_equal("b.mapped.direct-unaligned", read_at(direct, (byte *)words + 1, 512, 0), -EINVAL);
  expect_equal("b.mapped.direct-odd-offset", read_at(direct, words, 512, 100), -EINVAL);
  expect_equal("b.mapped.direct-appends", write_at(direct, words, 4096, BYTES), 4096);
  expect_equal("b.mapped.direct-size", status_of_file(file).bytes, BYTES + 4096);
  close_file(direct);
  close_file(file);
}

PROBE("b-mapped") {
  mapping();
  behind_the_end();
  direct();
}
