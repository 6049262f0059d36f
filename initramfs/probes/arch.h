/*
 * System calls and the few facts that differ between aarch64 and x86-64.
 * Numbers and error values are Linux's (asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl).
 */
#pragma once

#if defined(__aarch64__)

enum {
  SYS_dup = 23, SYS_dup3 = 24, SYS_fcntl = 25, SYS_ioctl = 29, SYS_mkdirat = 34, SYS_unlinkat = 35, SYS_umount2 = 39,
  SYS_mount = 40, SYS_ftruncate = 46,
  SYS_openat = 56, SYS_close = 57, SYS_pipe2 = 59, SYS_getdents64 = 61, SYS_lseek = 62, SYS_read = 63, SYS_write = 64,
  SYS_pselect6 = 72, SYS_ppoll = 73, SYS_fstat = 80, SYS_exit = 93, SYS_exit_group = 94, SYS_futex = 98,
  SYS_nanosleep = 101, SYS_setitimer = 103, SYS_clock_gettime = 113, SYS_clock_getres = 114, SYS_syslog = 116,
  SYS_sched_setaffinity = 122, SYS_sched_yield = 124, SYS_kill = 129, SYS_sigaltstack = 132, SYS_rt_sigaction = 134,
  SYS_rt_sigprocmask = 135, SYS_rt_sigpending = 136, SYS_rt_sigreturn = 139, SYS_reboot = 142, SYS_setpgid = 154, SYS_getpgid = 155,
  SYS_getsid = 156, SYS_setsid = 157, SYS_prctl = 167, SYS_getpid = 172,
  SYS_getppid = 173, SYS_getuid = 174, SYS_geteuid = 175, SYS_getgid = 176, SYS_getegid = 177, SYS_gettid = 178,
  SYS_sysinfo = 179, SYS_brk = 214, SYS_munmap = 215, SYS_clone = 220, SYS_execve = 221, SYS_mmap = 222,
  SYS_mprotect = 226, SYS_msync = 227, SYS_wait4 = 260, SYS_prlimit64 = 261, SYS_renameat2 = 276, SYS_getrandom = 278,
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

/* Of the counter: CNTFRQ_EL0. */
static inline long counter_hz(void) {
  unsigned long value;
  __asm__("mrs %0, cntfrq_el0" : "=r"(value));
  return (long)value;
}

/* The kernel enters with SP at argc, 16-byte aligned. */
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n"
        "\tadrp x0, start_stack\n\tmov x1, sp\n\tstr x1, [x0, :lo12:start_stack]\n\tb probe_start\n");

#elif defined(__x86_64__)

enum {
  SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_fstat = 5, SYS_lseek = 8, SYS_mmap = 9, SYS_mprotect = 10,
  SYS_munmap = 11, SYS_brk = 12, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_rt_sigreturn = 15, SYS_ioctl = 16,
  SYS_sched_yield = 24, SYS_msync = 26, SYS_dup = 32, SYS_nanosleep = 35, SYS_setitimer = 38, SYS_getpid = 39,
  SYS_clone = 56, SYS_execve = 59, SYS_exit = 60, SYS_wait4 = 61, SYS_kill = 62, SYS_fcntl = 72, SYS_ftruncate = 77,
  SYS_sysinfo = 99, SYS_getuid = 102, SYS_syslog = 103, SYS_getgid = 104, SYS_geteuid = 107, SYS_getegid = 108,
  SYS_setpgid = 109, SYS_getppid = 110, SYS_setsid = 112, SYS_getpgid = 121, SYS_getsid = 124, SYS_rt_sigpending = 127,
  SYS_sigaltstack = 131, SYS_prctl = 157, SYS_mount = 165, SYS_umount2 = 166, SYS_reboot = 169, SYS_gettid = 186, SYS_futex = 202,
  SYS_sched_setaffinity = 203, SYS_getdents64 = 217, SYS_clock_gettime = 228, SYS_clock_getres = 229,
  SYS_exit_group = 231, SYS_openat = 257, SYS_mkdirat = 258, SYS_unlinkat = 263, SYS_pselect6 = 270, SYS_ppoll = 271,
  SYS_dup3 = 292, SYS_pipe2 = 293, SYS_prlimit64 = 302, SYS_renameat2 = 316, SYS_getrandom = 318,
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

/* No register says it: a gigahertz, so that figures are ticks. */
static inline long counter_hz(void) {
  return 1000000000;
}

/* Enter as a called function would: 16-byte aligned before the call. */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, start_stack(%rip)\n\tand $-16, %rsp\n\tcall probe_start\n");

#else
#error "probes are written for aarch64 and x86-64"
#endif

/* sys(number, up to six arguments); those left out are 0. */
#define sys(...) sys_padded(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define sys_padded(number, a, b, c, d, e, f, ...) \
  syscall6((long)(number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

enum {
  EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10, EAGAIN = 11, ENOMEM = 12,
  EACCES = 13, EFAULT = 14, EEXIST = 17, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ESPIPE = 29, EPIPE = 32,
  ENAMETOOLONG = 36, ENOSYS = 38, ENOTEMPTY = 39, ETIMEDOUT = 110,
};
enum {
  SIGINT = 2, SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGKILL = 9, SIGUSR1 = 10, SIGSEGV = 11, SIGPIPE = 13, SIGALRM = 14,
  SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19,
};
enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20 };
enum { CLOCK_MONOTONIC = 1, PAGE = 4096 };

/* SP as the kernel set it: argc, argv, 0, envp, 0, auxv (System V ABI, "Process Initialization"). */
const unsigned long *start_stack;

struct timespec {
  long seconds, nanoseconds;
};

/* fork(2) by way of clone(2), the only call that every architecture has. */
static inline long fork_child(void) {
  return sys(SYS_clone, SIGCHLD);
}
