/*
 * Proves: a program reaches no kernel memory: loads, stores and jumps to the kernel's half end it by SIGSEGV, in the same way whether
 * anything is there or not; system calls that are given such pointers answer EFAULT .
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
enum { FIXED = sizeof places / sizeof *places };

/* The first text, constants, data and zeroed data of the kernel's own program, as /proc/kallsyms tells root: so many. */
enum { KINDS = 4 };
static unsigned long own[KINDS];

static unsigned long read_place(const byte *digits) {
  unsigned long place = 0;
  for (int i = 0; i < 16; i++) place = place << 4 | (unsigned long)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
  return place;
}

static int find_own_places(void) {
  static const char kinds[KINDS] = {'t', 'r', 'd', 'b'};
  static byte text[65536];
  long file = open_file("/proc/kallsyms", O_RDONLY), length = 0, count;
  int found = 0;
  while (file >= 0 && (count = sys(SYS_read, file, text + length, sizeof text - (size)length)) > 0) {
    long line = 0, at = 0;
    for (length += count; at < length; at++) {
      if (text[at] != '\n') continue;
      /* "0123456789abcdef T name"; a module's has a tab behind its name. */
      for (int kind = 0; kind < KINDS && at - line > 19 && at - line < 100; kind++)
        if (own[kind] == 0 && (text[line + 17] | 0x20) == kinds[kind]) own[kind] = read_place(text + line);
      line = at + 1;
    }
    length -= line;
    for (long i = 0; i < length; i++) text[i] = text[line + i];
  }
  if (file >= 0) close_file(file);
  for (int kind = 0; kind < KINDS; kind++)
    if ((long)own[kind] < 0) own[found++] = own[kind];
  return found;
}

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
  int count = FIXED + find_own_places();
  struct fault last = fault_of_load((void *)places[FIXED - 1]);
  for (int i = 0; i < count; i++) {
    void *place = (void *)(i < FIXED ? places[i] : own[i - FIXED]);
    struct fault load = fault_of_load(place);
    loads += is_refused(load);
    same += load.code == last.code;
    stores += is_refused(fault_of_store(place));
    jumps += is_refused(fault_of_call(place));
    calls += calls_refused(place) == 0;
  }
  metric("kernel_places", count);
  expect_equal("d.kernel.loads", loads, count);
  expect_equal("d.kernel.loads-alike", same, count);
  expect_equal("d.kernel.stores", stores, count);
  expect_equal("d.kernel.jumps", jumps, count);
  expect_equal("d.kernel.calls", calls, count);
}
