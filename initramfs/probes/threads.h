/*
 * Threads by clone(2), with a stack and a thread pointer of their own, and futex(2) to wait for them.
 */
#pragma once

#include "elapsed.h"
#include "mapping.h"

#if defined(__aarch64__)
/* Atomic operations as instructions: there is no libgcc to call. */
#pragma GCC target("no-outline-atomics")
#endif

enum { CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, CLONE_THREAD = 0x10000, CLONE_SYSVSEM = 0x40000 };
enum { CLONE_SETTLS = 0x80000, CLONE_PARENT_SETTID = 0x100000, CLONE_CHILD_CLEARTID = 0x200000 };
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, STACK_PAGES = 4 };

struct thread {
  struct thread *self; /* first: on x86-64 the thread pointer leads here, %fs:0 */
  void (*run)(struct thread *);
  long argument, result;
  volatile int id; /* set by the kernel before it runs, cleared and woken when it is gone */
};

/* Runs `run(argument)` as found at `top`, then exits; the order of clone's last two arguments differs. */
long clone_thread(unsigned long flags, void *top, volatile int *id, void *fourth, void *fifth);
#if defined(__aarch64__)
__asm__("clone_thread:\n\tmov x8, #220\n\tsvc #0\n\tcbz x0, 1f\n\tret\n"
        "1:\tmov x29, #0\n\tmov x30, #0\n\tldp x1, x0, [sp], #16\n\tblr x1\n\tmov x0, #0\n\tmov x8, #93\n\tsvc #0\n");

static inline struct thread *thread_pointer(void) {
  struct thread *pointer;
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(pointer));
  return pointer;
}
#else
__asm__("clone_thread:\n\tmov %rcx, %r10\n\tmov $56, %eax\n\tsyscall\n\ttest %rax, %rax\n\tjz 1f\n\tret\n"
        "1:\txor %ebp, %ebp\n\tpop %rax\n\tpop %rdi\n\tcall *%rax\n\txor %edi, %edi\n\tmov $60, %eax\n\tsyscall\n");

static inline struct thread *thread_pointer(void) {
  struct thread *pointer;
  __asm__ volatile("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
}
#endif

/* The thread's id, or an error. Its stack stays mapped until the program ends. */
static inline long start_thread(struct thread *thread, void (*run)(struct thread *), long argument) {
  byte *stack = map_pages(STACK_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  if (is_error((long)stack)) return (long)stack;
  *thread = (struct thread){.self = thread, .run = run, .argument = argument};
  size *top = (size *)(stack + STACK_PAGES * PAGE) - 2;
  top[0] = (size)run;
  top[1] = (size)thread;
  unsigned long shared = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  unsigned long flags = shared | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__aarch64__)
  return clone_thread(flags, top, &thread->id, thread, (void *)&thread->id);
#else
  return clone_thread(flags, top, &thread->id, (void *)&thread->id, thread);
#endif
}

/* Waits while `*word` is `value`, as long as `timeout_ms` at most, or without an end where that is negative. */
static inline long futex_wait(volatile int *word, int value, long timeout_ms) {
  struct timespec timeout = milliseconds(timeout_ms);
  return sys(SYS_futex, word, FUTEX_WAIT, value, timeout_ms < 0 ? 0 : &timeout);
}

static inline long futex_wake(volatile int *word, int most) {
  return sys(SYS_futex, word, FUTEX_WAKE, most);
}

/* 0 when the thread is gone and that has woken us, STILL_RUNNING where it does not go in time. */
static inline long join_thread(struct thread *thread) {
  for (int id; (id = thread->id) != 0;)
    if (futex_wait(&thread->id, id, PATIENCE_MS) == -ETIMEDOUT) return STILL_RUNNING;
  return 0;
}
