/*
 * System calls and the few facts that differ between aarch64 and x86-64.
 * Numbers and error values are Linux's (asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl).
 */
#pragma once

#if defined(__aarch64__)

enum {
  SYS_dup = 23, SYS_ioctl = 29, SYS_close = 57, SYS_pipe2 = 59, SYS_lseek = 62, SYS_read = 63, SYS_write = 64,
  SYS_fstat = 80, SYS_exit = 93, SYS_exit_group = 94, SYS_nanosleep = 101, SYS_clock_gettime = 113, SYS_syslog = 116,
  SYS_sched_setaffinity = 122, SYS_sched_yield = 124, SYS_reboot = 142, SYS_getpid = 172, SYS_getppid = 173,
  SYS_sysinfo = 179, SYS_munmap = 215, SYS_clone = 220, SYS_mmap = 222, SYS_wait4 = 260,
};

static inline long syscall6(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a0;
  register long x1 __asm__("x1") = a1;
  register long x2 __asm__("x2") = a2;
  register long x3 __asm__("x3") = a3;
  register long x4 __asm__("x4") = a4;
  register long x5 __asm__("x5") = a5;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}

static inline void wait_for_interrupt(void) {
  __asm__ volatile("wfi");
}

/* A counter that user space may read: CNTVCT_EL0 (the barrier keeps reads in program order, Arm ARM D11.2.1). */
static inline unsigned long read_counter(void) {
  unsigned long value;
  __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
  return value;
}

/* The kernel enters with SP at argc, 16-byte aligned. */
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tb probe_start\n");

#elif defined(__x86_64__)

enum {
  SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_fstat = 5, SYS_lseek = 8, SYS_mmap = 9, SYS_munmap = 11, SYS_ioctl = 16,
  SYS_sched_yield = 24, SYS_dup = 32, SYS_nanosleep = 35, SYS_getpid = 39, SYS_clone = 56, SYS_exit = 60, SYS_wait4 = 61,
  SYS_sysinfo = 99, SYS_syslog = 103, SYS_getppid = 110, SYS_reboot = 169, SYS_sched_setaffinity = 203,
  SYS_clock_gettime = 228, SYS_exit_group = 231, SYS_pipe2 = 293,
};

static inline long syscall6(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  long result;
  register long r10 __asm__("r10") = a3;
  register long r8 __asm__("r8") = a4;
  register long r9 __asm__("r9") = a5;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory", "cc");
  return result;
}

static inline void wait_for_interrupt(void) {
  __asm__ volatile("pause");
}

static inline unsigned long read_counter(void) {
  unsigned low, high;
  __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (unsigned long)high << 32 | low;
}

/* Enter as a called function would: 16-byte aligned before the call. */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall probe_start\n");

#else
#error "probes are written for aarch64 and x86-64"
#endif

/* sys(number, up to six arguments); those left out are 0. */
#define sys(...) sys_padded(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define sys_padded(number, a, b, c, d, e, f, ...) \
  syscall6((long)(number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

enum { EBADF = 9, EFAULT = 14, EINVAL = 22, ENOSYS = 38 };
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGSEGV = 11, SIGCHLD = 17 };
enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20 };
enum { CLOCK_MONOTONIC = 1, PAGE = 4096 };

struct timespec {
  long seconds, nanoseconds;
};

/* fork(2) by way of clone(2), the only call that every architecture has. */
static inline long fork_child(void) {
  return sys(SYS_clone, SIGCHLD);
}
