/*
 * Proves nothing by itself: writes a file of seeded content in one of the ways that promise it to be on the disk once they return, into a
 * file that was there before. Whether it is, the host judges by the disk. Its argument is the way: 0 to 3.
 * Spec: phases.md B (`sync`/`fsync` put it on the disk); fsync(2), msync(2), open(2) (O_SYNC).
 * System calls: openat, pwrite64, ftruncate, fsync, fdatasync, mmap, munmap, msync, sync, close.
 */
#include "storage.h"
#include "mapping.h"
#include "start-state.h"

#if defined(__aarch64__)
enum { SYS_fdatasync = 83 };
#else
enum { SYS_fdatasync = 75 };
#endif
enum { BYTES = 128 * 1024, MS_SYNC = 4, O_SYNC = 04010000 };

enum { FSYNC, FDATASYNC, SYNCHRONOUS, MAPPED, WAYS };

static unsigned long words[BYTES / 8];

/* What the file's pages hold, and what made them durable. */
static void keep_mapped(long file) {
  unsigned long *mapped = (unsigned long *)sys(SYS_mmap, 0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect_true("b.sync.written", !is_error((long)mapped), "an address", (long)mapped);
  if (is_error((long)mapped)) return;
  fill_randomly(mapped, BYTES, MAPPED);
  expect_equal("b.sync.kept", sys(SYS_msync, mapped, BYTES, MS_SYNC), 0);
}

static void keep_written(long file, long way) {
  fill_randomly(words, BYTES, (unsigned long)way);
  expect_equal("b.sync.written", write_at(file, words, BYTES, 0), BYTES);
  /* A write to a file that is open with O_SYNC has kept it already. */
  long kept = way == FSYNC ? sys(SYS_fsync, file) : way == FDATASYNC ? sys(SYS_fdatasync, file) : 0;
  expect_equal("b.sync.kept", kept, 0);
}

PROBE("b-sync") {
  static const char *const paths[] = {"/mnt/fsync", "/mnt/fdatasync", "/mnt/o-sync", "/mnt/msync"};
  long way = start_stack[0] == 2 ? start_arguments()[1][0] - '0' : WAYS;
  if (way < 0 || way >= WAYS) return fail_expected("b.sync.open", "a way as the argument, 0 to 3", way);
  long file = open_file(paths[way], O_RDWR | O_CREAT | (way == SYNCHRONOUS ? O_SYNC : 0));
  expect_true("b.sync.open", file >= 0, "a descriptor", file);
  sys(SYS_ftruncate, file, BYTES);
  sys(SYS_sync);
  if (way == MAPPED) keep_mapped(file);
  else keep_written(file, way);
}
