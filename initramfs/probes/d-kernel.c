/*
 * Proves: a program reaches no kernel memory: loads, stores and jumps to the kernel's half end it by SIGSEGV, in the same way whether
 * anything is there or not; system calls that are given such pointers answer EFAULT and touch nothing.
 * Spec: phases.md D (kernel memory unreachable from EL0, by load, store, jump and by system-call pointers).
 * System calls: read, write, openat, close, pipe2, nanosleep, clock_gettime, getrandom, getdents64, rt_sigaction, wait4, mmap, clone, kill, exit_group.
 */
#include "faults.h"
#include "files.h"

/* The kernel's image, its linear map, its modules and its end, as far as the architecture places them (Linux Documentation/arm64/memory.rst;
 * Documentation/x86/x86_64/mm.rst). */
#if defined(__aarch64__)
static const unsigned long places[] = {0xffff000000000000, 0xffff000008000000, 0xffff800000000000, 0xffff800008000000, 0xfffffffffffff000};
#else
static const unsigned long places[] = {0xffff800000000000, 0xffff888000000000, 0xffffc90000000000, 0xffffffff81000000, 0xfffffffffffff000};
#endif
enum { PLACES = sizeof places / sizeof *places };

static int is_refused(struct fault fault) {
  return fault.signal == SIGSEGV;
}

static long calls_refused(void *pointer) {
  long wrong = 0;
  int ends[2] = {-1, -1};
  if (sys(SYS_pipe2, ends, 0) != 0) return -1;
  wrong += sys(SYS_write, ends[1], pointer, 16) != -EFAULT;
  sys(SYS_write, ends[1], "sixteen letters!", 16);
  wrong += sys(SYS_read, ends[0], pointer, 16) != -EFAULT;
  wrong += sys(SYS_openat, AT_FDCWD, pointer, O_RDONLY) != -EFAULT;
  wrong += sys(SYS_pipe2, pointer, 0) != -EFAULT;
  wrong += sys(SYS_clock_gettime, CLOCK_MONOTONIC, pointer) != -EFAULT;
  wrong += sys(SYS_nanosleep, pointer, 0) != -EFAULT;
  wrong += sys(SYS_getrandom, pointer, 16, 0) != -EFAULT;
  wrong += sys(SYS_rt_sigaction, SIGUSR1, pointer, 0, MASK_BYTES) != -EFAULT;
  long folder = open_file("/", O_RDONLY | O_DIRECTORY);
  wrong += sys(SYS_getdents64, folder, pointer, 4096) != -EFAULT;
  close_file(folder);
  close_file(ends[0]);
  close_file(ends[1]);
  return wrong;
}

PROBE("d-kernel") {
  long loads = 0, stores = 0, jumps = 0, calls = 0, same = 0;
  struct fault first = fault_of_load((void *)places[0]);
  for (int i = 0; i < PLACES; i++) {
    struct fault load = fault_of_load((void *)places[i]);
    loads += is_refused(load);
    same += load.code == first.code;
    stores += is_refused(fault_of_store((void *)places[i]));
    jumps += is_refused(fault_of_call((void *)places[i]));
    calls += calls_refused((void *)places[i]) == 0;
  }
  expect_equal("d.kernel.loads", loads, PLACES);
  expect_equal("d.kernel.loads-alike", same, PLACES);
  expect_equal("d.kernel.stores", stores, PLACES);
  expect_equal("d.kernel.jumps", jumps, PLACES);
  expect_equal("d.kernel.calls", calls, PLACES);
}
