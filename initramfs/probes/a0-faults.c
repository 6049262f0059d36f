/*
 * Proves: a fault in user space ends the program that made it, by the signal that fits, and neither the kernel nor the
 * parent. Each fault is made by a child of its own.
 * Spec: phases.md A0 (faults at EL0 end the program, not the kernel); signal(7); Arm ARM D1.
 * System calls: clone, wait4, exit_group.
 */
#include "probe.h"

enum { SURVIVED = 77 };

static int *volatile null; /* volatile: the compiler must not know that it is null */
static void load_null(void) { (void)*(volatile int *)null; }
static void store_null(void) { *(volatile int *)null = 1; }
static void jump_to_null(void) { ((void (*)(void))null)(); }
static void store_to_text(void) { *(volatile int *)(size)store_to_text = 0; }
static void load_kernel_half(void) { (void)*(volatile int *)0xffff800008000000ul; }
static void jump_to_kernel_half(void) { ((void (*)(void))0xffff800008000000ul)(); }

#if defined(__aarch64__)
static void undefined_instruction(void) { __asm__ volatile(".inst 0"); }
static void breakpoint(void) { __asm__ volatile("brk #0"); }
static void read_privileged_register(void) { __asm__ volatile("mrs x0, sctlr_el1" ::: "x0"); }
static void write_privileged_register(void) { __asm__ volatile("msr vbar_el1, xzr"); }
static void mask_interrupts(void) { __asm__ volatile("msr daifset, #2"); }
static void hypervisor_call(void) { __asm__ volatile("hvc #0" ::: "x0", "x1", "x2", "x3"); }
static void secure_monitor_call(void) { __asm__ volatile(".inst 0xd4000003" ::: "x0", "x1", "x2", "x3"); } /* smc #0 */
static void misaligned_stack(void) { __asm__ volatile("mov x1, sp\n\tadd sp, x1, #8\n\tldr x0, [sp]\n\tmov sp, x1" ::: "x0", "x1", "memory"); }
static void misaligned_jump(void) { __asm__ volatile("adr x0, .\n\tadd x0, x0, #2\n\tbr x0" ::: "x0"); }
#else
static void undefined_instruction(void) { __asm__ volatile("ud2"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void read_privileged_register(void) { __asm__ volatile("mov %%cr0, %%rax" ::: "rax"); }
static void write_privileged_register(void) { __asm__ volatile("mov %%rax, %%cr3" ::: "memory"); }
static void mask_interrupts(void) { __asm__ volatile("cli"); }
#endif

struct fault {
  const char *id;
  void (*make)(void);
  int signal;
};

static const struct fault faults[] = {
    {"a0.faults.undefined-instruction", undefined_instruction, SIGILL},
    {"a0.faults.breakpoint", breakpoint, SIGTRAP},
#if defined(__aarch64__)
    {"a0.faults.read-privileged-register", read_privileged_register, SIGILL},
    {"a0.faults.write-privileged-register", write_privileged_register, SIGILL},
    {"a0.faults.mask-interrupts", mask_interrupts, SIGILL},
    {"a0.faults.hvc", hypervisor_call, SIGILL},
    {"a0.faults.smc", secure_monitor_call, SIGILL},
    {"a0.faults.misaligned-pc", misaligned_jump, SIGBUS},
#else
    {"a0.faults.read-privileged-register", read_privileged_register, SIGSEGV},
    {"a0.faults.write-privileged-register", write_privileged_register, SIGSEGV},
    {"a0.faults.mask-interrupts", mask_interrupts, SIGSEGV},
#endif
    {"a0.faults.load-null", load_null, SIGSEGV},
    {"a0.faults.store-null", store_null, SIGSEGV},
    {"a0.faults.jump-to-null", jump_to_null, SIGSEGV},
    {"a0.faults.store-to-text", store_to_text, SIGSEGV},
    {"a0.faults.load-kernel-half", load_kernel_half, SIGSEGV},
    {"a0.faults.jump-to-kernel-half", jump_to_kernel_half, SIGSEGV},
};

/* The signal that ended a child which made the fault, 0 where it lived on, or what clone or wait4 answered. */
static long signal_of(void (*make)(void)) {
  long child = fork_child();
  if (child < 0) return child;
  if (child == 0) {
    make();
    sys(SYS_exit_group, SURVIVED);
  }
  int status = 0;
  long waited = sys(SYS_wait4, child, &status, 0, 0);
  return waited == child ? status & 0x7f : waited < 0 ? waited : -1;
}

PROBE("a0-faults") {
  long parent = sys(SYS_getpid);
  for (size i = 0; i < sizeof faults / sizeof *faults; i++) expect_equal(faults[i].id, signal_of(faults[i].make), faults[i].signal);
#if defined(__aarch64__)
  /* The architecture wants this fault (SCTLR_EL1.SA0), but QEMU's emulated CPUs don't make it. */
  long misaligned = signal_of(misaligned_stack);
  if (misaligned == 0) skip("a0.faults.misaligned-sp", "this CPU makes no SP alignment fault");
  else expect_equal("a0.faults.misaligned-sp", misaligned, SIGBUS);
#endif
  expect_equal("a0.faults.parent-lives", sys(SYS_getpid), parent);
}
