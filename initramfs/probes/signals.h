/*
 * Signals by system call: handlers, masks, timers. Handlers return by a trampoline of the probe's own, so that the kernel needs
 * no vDSO. Structures: sigaction(2), sigaltstack(2), setitimer(2), as the kernel has them on 64-bit machines.
 */
#pragma once

#include "children.h"

enum { SA_NOCLDWAIT = 2, SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000 };
enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2, MASK_BYTES = 8, SI_USER = 0, ITIMER_REAL = 0 };

struct signal_information {
  int signal, error, code, padding, pid, uid;
};

typedef void handler(int signal, struct signal_information *information, void *context);

#define DEFAULT_ACTION ((handler *)0)
#define IGNORED ((handler *)1)

struct action {
  handler *handler;
  unsigned long flags;
  void (*restorer)(void);
  unsigned long mask;
};

/* A global label: the address of a local one comes out of the GOT as its section's. */
void return_from_handler(void);
#if defined(__aarch64__)
__asm__(".globl return_from_handler\nreturn_from_handler:\n\tmov x8, #139\n\tsvc #0\n");
#else
__asm__(".globl return_from_handler\nreturn_from_handler:\n\tmov $15, %eax\n\tsyscall\n");
#endif

static inline unsigned long bit(int signal) {
  return 1ul << (signal - 1);
}

static inline long set_action(int signal, handler *handler, unsigned long flags, unsigned long mask) {
  struct action action = {handler, flags | SA_SIGINFO | SA_RESTORER, return_from_handler, mask};
  return sys(SYS_rt_sigaction, signal, &action, 0, MASK_BYTES);
}

static inline long on_signal(int signal, handler *handler) {
  return set_action(signal, handler, 0, 0);
}

static inline long block(unsigned long mask) {
  return sys(SYS_rt_sigprocmask, SIG_BLOCK, &mask, 0, MASK_BYTES);
}

static inline long unblock(unsigned long mask) {
  return sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, 0, MASK_BYTES);
}

static inline unsigned long blocked(void) {
  unsigned long mask = ~0ul;
  sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, &mask, MASK_BYTES);
  return mask;
}

static inline unsigned long pending(void) {
  unsigned long mask = ~0ul;
  sys(SYS_rt_sigpending, &mask, MASK_BYTES);
  return mask;
}

static inline long send(long pid, int signal) {
  return sys(SYS_kill, pid, signal);
}

static inline long send_self(int signal) {
  return send(sys(SYS_getpid), signal);
}

/* SIGALRM after so many microseconds, then again after every `interval_us`, or once where that is 0. */
static inline long set_alarm(long first_us, long interval_us) {
  long timer[4] = {interval_us / 1000000, interval_us % 1000000, first_us / 1000000, first_us % 1000000};
  return sys(SYS_setitimer, ITIMER_REAL, timer, 0);
}
