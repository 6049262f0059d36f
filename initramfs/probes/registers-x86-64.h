/*
 * See registers.h. x86-64: general registers, RSP, XMM0-15, MXCSR, RFLAGS (System V ABI, "Register Usage" and "Linux Conventions":
 * a system call destroys RCX, R11 and RAX alone).
 */
#pragma once

/* Offsets are used by the code below. */
struct registers {
  unsigned long general[16]; /* 0: rax rcx rdx rbx rsp rbp rsi rdi r8 .. r15, as instructions number them */
  unsigned long xmm[32];     /* 128: low and high half of xmm0, xmm1, .. */
  unsigned long mxcsr;       /* 384 */
  unsigned long flags;       /* 392 */
};
_Static_assert(sizeof(struct registers) == 400, "the assembly knows this layout");
enum { RAX = 0, RCX = 1, RDX = 2, RSP = 4, RSI = 6, RDI = 7, R11 = 11 };

struct registers before, after;

/*
 * Both return RAX as it was afterwards. The spinning loop counts RCX down to 0 and touches no flag. Nothing after the event
 * trusts RSP, nor any other register: all addresses are relative to RIP.
 */
long registers_across_syscall(void); /* RAX is the number, RDI RSI RDX R10 R8 R9 are its arguments */
long registers_across_spin(void);    /* RCX is how many rounds */

__asm__(

  ".macro fill\n"
  "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
  "  mov %rsp, before+32(%rip)\n"
  "  ldmxcsr before+384(%rip)\n"
  "  push before+392(%rip)\n  popfq\n"
  "  movdqu before+128(%rip), %xmm0\n  movdqu before+144(%rip), %xmm1\n  movdqu before+160(%rip), %xmm2\n  movdqu before+176(%rip), %xmm3\n"
  "  movdqu before+192(%rip), %xmm4\n  movdqu before+208(%rip), %xmm5\n  movdqu before+224(%rip), %xmm6\n  movdqu before+240(%rip), %xmm7\n"
  "  movdqu before+256(%rip), %xmm8\n  movdqu before+272(%rip), %xmm9\n  movdqu before+288(%rip), %xmm10\n  movdqu before+304(%rip), %xmm11\n"
  "  movdqu before+320(%rip), %xmm12\n  movdqu before+336(%rip), %xmm13\n  movdqu before+352(%rip), %xmm14\n  movdqu before+368(%rip), %xmm15\n"
  "  mov before(%rip), %rax\n  mov before+8(%rip), %rcx\n  mov before+16(%rip), %rdx\n  mov before+24(%rip), %rbx\n"
  "  mov before+40(%rip), %rbp\n  mov before+48(%rip), %rsi\n  mov before+56(%rip), %rdi\n"
  "  mov before+64(%rip), %r8\n  mov before+72(%rip), %r9\n  mov before+80(%rip), %r10\n  mov before+88(%rip), %r11\n"
  "  mov before+96(%rip), %r12\n  mov before+104(%rip), %r13\n  mov before+112(%rip), %r14\n  mov before+120(%rip), %r15\n"
  ".endm\n"

  ".macro take_down\n"
  "  mov %rax, after(%rip)\n  mov %rcx, after+8(%rip)\n  mov %rdx, after+16(%rip)\n  mov %rbx, after+24(%rip)\n"
  "  mov %rsp, after+32(%rip)\n  mov %rbp, after+40(%rip)\n  mov %rsi, after+48(%rip)\n  mov %rdi, after+56(%rip)\n"
  "  mov %r8, after+64(%rip)\n  mov %r9, after+72(%rip)\n  mov %r10, after+80(%rip)\n  mov %r11, after+88(%rip)\n"
  "  mov %r12, after+96(%rip)\n  mov %r13, after+104(%rip)\n  mov %r14, after+112(%rip)\n  mov %r15, after+120(%rip)\n"
  "  mov before+32(%rip), %rsp\n"
  "  pushfq\n  pop after+392(%rip)\n  cld\n"
  "  stmxcsr after+384(%rip)\n  ldmxcsr usual_mxcsr(%rip)\n"
  "  movdqu %xmm0, after+128(%rip)\n  movdqu %xmm1, after+144(%rip)\n  movdqu %xmm2, after+160(%rip)\n  movdqu %xmm3, after+176(%rip)\n"
  "  movdqu %xmm4, after+192(%rip)\n  movdqu %xmm5, after+208(%rip)\n  movdqu %xmm6, after+224(%rip)\n  movdqu %xmm7, after+240(%rip)\n"
  "  movdqu %xmm8, after+256(%rip)\n  movdqu %xmm9, after+272(%rip)\n  movdqu %xmm10, after+288(%rip)\n  movdqu %xmm11, after+304(%rip)\n"
  "  movdqu %xmm12, after+320(%rip)\n  movdqu %xmm13, after+336(%rip)\n  movdqu %xmm14, after+352(%rip)\n  movdqu %xmm15, after+368(%rip)\n"
  "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n"
  ".endm\n"

  "registers_across_syscall:\n"
  "  fill\n"
  "  syscall\n"
  "  take_down\n"
  "  mov after(%rip), %rax\n"
  "  ret\n"

  "registers_across_spin:\n"
  "  fill\n"
  "1: lea -1(%rcx), %rcx\n"
  "  jrcxz 2f\n"
  "  jmp 1b\n"
  "2: take_down\n"
  "  mov after(%rip), %rax\n"
  "  ret\n"

  ".balign 4\n"
  "usual_mxcsr: .long 0x1f80\n"
);

static void fill_patterns(unsigned long seed) {
  for (unsigned long i = 0; i < 16; i++) before.general[i] = pattern(seed, i);
  for (unsigned long i = 0; i < 32; i++) before.xmm[i] = pattern(seed, 100 + i);
  before.mxcsr = seed % 2 ? 0x7fbf : 0x9f95; /* rounding mode, flush to zero, sticky exception bits; all exceptions masked */
  before.flags = seed % 2 ? 0x202 | 0x8d5 : 0x202 | 0x400; /* interrupts on, then CF PF AF ZF SF OF, or DF */
}

/* Has the next system call made with these; the other arguments hold patterns. */
static inline void set_call(long number, long a0, long a1, long a2) {
  before.general[RAX] = (unsigned long)number;
  before.general[RDI] = (unsigned long)a0;
  before.general[RSI] = (unsigned long)a1;
  before.general[RDX] = (unsigned long)a2;
}

static inline void set_rounds(unsigned long rounds) {
  before.general[RCX] = rounds;
}

/* A set of kinds of registers. */
enum { GENERAL = 1, STACK = 2, XMM = 4, MXCSR = 8, FLAGS = 16, RAX_R11 = 32 };
enum { KEPT_BY_CALLS = GENERAL | STACK | XMM | MXCSR | FLAGS };
#define NO_CHANGE "nothing changed, 0, not a sum of general=1 rsp=2 xmm=4 mxcsr=8 rflags=16 rax-r11=32"

/* What differs between `before` and `after`; RCX is not looked at. */
static int changed_registers(void) {
  int changed = 0;
  for (int i = 0; i < 16; i++) {
    int kind = i == RSP ? STACK : i == RAX || i == R11 ? RAX_R11 : GENERAL;
    changed |= i == RCX || after.general[i] == before.general[i] ? 0 : kind;
  }
  for (int i = 0; i < 32; i++) changed |= after.xmm[i] == before.xmm[i] ? 0 : XMM;
  changed |= after.mxcsr == before.mxcsr ? 0 : MXCSR;
  return changed | (after.flags == before.flags ? 0 : FLAGS);
}
