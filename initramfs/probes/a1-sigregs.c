/*
 * Proves: a handler returns through rt_sigreturn(2) with every register as it was before the signal (registers.h names
 * them), although the handler leaves rubbish in them. Signals come between two instructions, by a timer, and at a system call's end.
 * Spec: phases.md A1 (handler returns through sigreturn with registers intact); sigreturn(2).
 * System calls: rt_sigaction, rt_sigreturn, kill, setitimer, getpid, clone, wait4, nanosleep, clock_gettime.
 */
#include "registers.h"
#include "signals.h"

enum { ROUNDS = 100, ALARMS_A_ROUND = 3, ASTRAY = 128 };

unsigned long signals_left;

/* Counts down, leaves rubbish in every register, and returns: the stack pointer is where the kernel put the frame, nothing else is needed. */
handler spoil_registers;

/* Spins until the handler has counted down. The register that it counts with has no part in it, and shows in the other test only. */
void registers_across_signals(void);

#if defined(__aarch64__)
__asm__(
  ".globl spoil_registers\nspoil_registers:\n"
  "  adrp x9, signals_left\n  ldr x10, [x9, :lo12:signals_left]\n  cbz x10, 1f\n"
  "  sub x10, x10, 1\n  str x10, [x9, :lo12:signals_left]\n"
  "1: mov x10, 0xf0000000\n  msr nzcv, x10\n"
  "  mov x10, 0x1f\n  movk x10, 0x0800, lsl 16\n  msr fpsr, x10\n"
  "  mov x10, 0x00400000\n  msr fpcr, x10\n"
  "  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
  "  mov x\\n, 0xbad0 + \\n\n"
  "  .endr\n"
  "  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
  "  movi v\\n\\().16b, 0xba\n"
  "  .endr\n"
  "  mov x8, 139\n  svc 0\n"

  "registers_across_signals:\n"
  "  fill\n"
  "1: ldr x0, signals_left\n"
  "  cbnz x0, 1b\n"
  "  take_down\n"
  "  ret\n"
);
#else
__asm__(
  ".globl spoil_registers\nspoil_registers:\n"
  "  cmpq $0, signals_left(%rip)\n  je 1f\n  decq signals_left(%rip)\n"
  "1: ldmxcsr spoilt_mxcsr(%rip)\n"
  "  .irp n, rax,rcx,rdx,rbx,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15\n"
  "  mov $0xbad, %\\n\n"
  "  .endr\n"
  "  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
  "  pcmpeqb %xmm\\n, %xmm\\n\n"
  "  .endr\n"
  "  add $8, %rsp\n  std\n  mov $15, %eax\n  syscall\n"

  "registers_across_signals:\n"
  "  fill\n"
  "1: mov signals_left(%rip), %rcx\n"
  "  jrcxz 2f\n"
  "  jmp 1b\n"
  "2: take_down\n"
  "  ret\n"

  ".balign 4\n"
  "spoilt_mxcsr: .long 0xffbf\n"
);
#endif

static int changed_by_alarms(void) {
  int changed = 0;
  on_signal(SIGALRM, spoil_registers);
  set_alarm(1000, 1000);
  for (unsigned long round = 0; round < ROUNDS; round++) {
    fill_patterns(round + 1);
    signals_left = ALARMS_A_ROUND;
    registers_across_signals();
    changed |= changed_registers();
  }
  return changed;
}

/* The signal is taken when kill(2) returns. */
static int changed_by_own_signals(void) {
  int changed = 0;
  long self = sys(SYS_getpid);
  on_signal(SIGUSR1, spoil_registers);
  signals_left = ROUNDS;
  for (unsigned long round = 0; round < ROUNDS; round++) {
    fill_patterns(round + 1);
    set_call(SYS_kill, self, SIGUSR1, 0);
    if (registers_across_syscall() != 0) changed |= ASTRAY;
    changed |= changed_registers() & KEPT_BY_CALLS;
  }
  return signals_left == 0 ? changed : changed | ASTRAY;
}

static void expect_no_change(const char *id, int (*body)(void)) {
  long status = status_of(body);
  long changed = status > 0 && (status & 0x7f) == 0 ? status >> 8 : status > 0 ? -status : status;
  expect_true(id, changed == 0, NO_CHANGE " astray=128 [no handler called, or kill's result was not 0]", changed);
}

PROBE("a1-sigregs") {
  expect_no_change("a1.sigregs.between-instructions", changed_by_alarms);
  expect_no_change("a1.sigregs.after-system-call", changed_by_own_signals);
}
