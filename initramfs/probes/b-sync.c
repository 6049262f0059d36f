/*
 * Proves nothing by itself: writes a file of seeded content in each of the ways that promise it to be on the disk once they return, into
 * files that were there before. Whether it is, the host judges by the disk.
 * Spec: phases.md B (`sync`/`fsync` put it on the disk); fsync(2), msync(2), open(2) (O_SYNC).
 * System calls: openat, pwrite64, ftruncate, fsync, fdatasync, mmap, munmap, msync, sync, close.
 */
#include "storage.h"
#include "mapping.h"

#if defined(__aarch64__)
enum { SYS_fdatasync = 83 };
#else
enum { SYS_fdatasync = 75 };
#endif
enum { BYTES = 128 * 1024, MS_SYNC = 4, O_SYNC = 04010000 };

static unsigned long words[BYTES / 8];

PROBE("b-sync") {
  static const char *const paths[] = {"/mnt/fsync", "/mnt/fdatasync", "/mnt/o-sync", "/mnt/msync"};
  long files[4];
  for (int i = 0; i < 4; i++) files[i] = open_file(paths[i], O_RDWR | O_CREAT | (i == 2 ? O_SYNC : 0));
  sys(SYS_ftruncate, files[3], BYTES);
  sys(SYS_sync);
  for (int i = 0; i < 3; i++) {
    fill_randomly(words, BYTES, (unsigned long)i);
    write_at(files[i], words, BYTES, 0);
  }
  expect_equal("b.sync.fsync", sys(SYS_fsync, files[0]), 0);
  expect_equal("b.sync.fdatasync", sys(SYS_fdatasync, files[1]), 0);
  unsigned long *mapped = (unsigned long *)sys(SYS_mmap, 0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, files[3], 0);
  expect_true("b.sync.mapped", !is_error((long)mapped), "an address", (long)mapped);
  if (is_error((long)mapped)) return;
  fill_randomly(mapped, BYTES, 3);
  expect_equal("b.sync.msync", sys(SYS_msync, mapped, BYTES, MS_SYNC), 0);
}
