/* See registers.h. aarch64: x0-x30, SP, q0-q31, FPSR, FPCR, NZCV, TPIDR_EL0 (Arm ARM B1.2). */
#pragma once

/* Offsets are used by the code below. */
struct registers {
  unsigned long x[31]; /* 0 */
  unsigned long sp;    /* 248 */
  unsigned long q[64]; /* 256: low and high half of q0, q1, .. */
  unsigned long fpsr;  /* 768 */
  unsigned long fpcr;  /* 776 */
  unsigned long nzcv;  /* 784 */
  unsigned long tpidr; /* 792 */
};
_Static_assert(sizeof(struct registers) == 800, "the assembly knows this layout");

struct registers before, after;

/*
 * Both return x0 as it was afterwards. With a system call TPIDR_EL0 serves as the place that x0 is kept in, and is not taken
 * down; the spinning loop counts x0 down to 0 and touches no flag. Nothing after the event trusts SP.
 */
long registers_across_syscall(void); /* x8 is the number, x0-x5 are its arguments */
long registers_across_spin(void);    /* x0 is how many rounds */

__asm__(

  ".macro fill\n"
  "  stp x29, x30, [sp, -160]!\n"
  "  stp x19, x20, [sp, 16]\n  stp x21, x22, [sp, 32]\n  stp x23, x24, [sp, 48]\n  stp x25, x26, [sp, 64]\n  stp x27, x28, [sp, 80]\n"
  "  stp d8, d9, [sp, 96]\n  stp d10, d11, [sp, 112]\n  stp d12, d13, [sp, 128]\n  stp d14, d15, [sp, 144]\n"
  "  adrp x0, before\n  add x0, x0, :lo12:before\n"
  "  mov x1, sp\n  str x1, [x0, 248]\n"
  "  ldr x1, [x0, 768]\n  msr fpsr, x1\n"
  "  ldr x1, [x0, 776]\n  msr fpcr, x1\n"
  "  ldr x1, [x0, 784]\n  msr nzcv, x1\n"
  "  ldr x1, [x0, 792]\n  msr tpidr_el0, x1\n"
  "  add x1, x0, 256\n"
  "  ld1 {v0.2d-v3.2d}, [x1], 64\n  ld1 {v4.2d-v7.2d}, [x1], 64\n  ld1 {v8.2d-v11.2d}, [x1], 64\n  ld1 {v12.2d-v15.2d}, [x1], 64\n"
  "  ld1 {v16.2d-v19.2d}, [x1], 64\n  ld1 {v20.2d-v23.2d}, [x1], 64\n  ld1 {v24.2d-v27.2d}, [x1], 64\n  ld1 {v28.2d-v31.2d}, [x1], 64\n"
  "  ldr x1, [x0, 8]\n"
  "  ldp x2, x3, [x0, 16]\n  ldp x4, x5, [x0, 32]\n  ldp x6, x7, [x0, 48]\n  ldp x8, x9, [x0, 64]\n  ldp x10, x11, [x0, 80]\n"
  "  ldp x12, x13, [x0, 96]\n  ldp x14, x15, [x0, 112]\n  ldp x16, x17, [x0, 128]\n  ldp x18, x19, [x0, 144]\n  ldp x20, x21, [x0, 160]\n"
  "  ldp x22, x23, [x0, 176]\n  ldp x24, x25, [x0, 192]\n  ldp x26, x27, [x0, 208]\n  ldp x28, x29, [x0, 224]\n  ldr x30, [x0, 240]\n"
  "  ldr x0, [x0]\n"
  ".endm\n"

  ".macro take_down\n"
  "  adrp x0, after\n  add x0, x0, :lo12:after\n"
  "  str x1, [x0, 8]\n"
  "  stp x2, x3, [x0, 16]\n  stp x4, x5, [x0, 32]\n  stp x6, x7, [x0, 48]\n  stp x8, x9, [x0, 64]\n  stp x10, x11, [x0, 80]\n"
  "  stp x12, x13, [x0, 96]\n  stp x14, x15, [x0, 112]\n  stp x16, x17, [x0, 128]\n  stp x18, x19, [x0, 144]\n  stp x20, x21, [x0, 160]\n"
  "  stp x22, x23, [x0, 176]\n  stp x24, x25, [x0, 192]\n  stp x26, x27, [x0, 208]\n  stp x28, x29, [x0, 224]\n  str x30, [x0, 240]\n"
  "  mov x1, sp\n  str x1, [x0, 248]\n"
  "  mrs x1, fpsr\n  str x1, [x0, 768]\n"
  "  mrs x1, fpcr\n  str x1, [x0, 776]\n"
  "  mrs x1, nzcv\n  str x1, [x0, 784]\n"
  "  mrs x1, tpidr_el0\n  str x1, [x0, 792]\n"
  "  add x1, x0, 256\n"
  "  st1 {v0.2d-v3.2d}, [x1], 64\n  st1 {v4.2d-v7.2d}, [x1], 64\n  st1 {v8.2d-v11.2d}, [x1], 64\n  st1 {v12.2d-v15.2d}, [x1], 64\n"
  "  st1 {v16.2d-v19.2d}, [x1], 64\n  st1 {v20.2d-v23.2d}, [x1], 64\n  st1 {v24.2d-v27.2d}, [x1], 64\n  st1 {v28.2d-v31.2d}, [x1], 64\n"
  "  adrp x2, before\n  add x2, x2, :lo12:before\n  ldr x2, [x2, 248]\n  mov sp, x2\n"
  "  msr fpcr, xzr\n  msr fpsr, xzr\n"
  "  ldp x19, x20, [sp, 16]\n  ldp x21, x22, [sp, 32]\n  ldp x23, x24, [sp, 48]\n  ldp x25, x26, [sp, 64]\n  ldp x27, x28, [sp, 80]\n"
  "  ldp d8, d9, [sp, 96]\n  ldp d10, d11, [sp, 112]\n  ldp d12, d13, [sp, 128]\n  ldp d14, d15, [sp, 144]\n"
  "  ldp x29, x30, [sp], 160\n"
  ".endm\n"

  "registers_across_syscall:\n"
  "  fill\n"
  "  svc 0\n"
  "  msr tpidr_el0, x0\n"
  "  take_down\n"
  "  mrs x0, tpidr_el0\n"
  "  ret\n"

  "registers_across_spin:\n"
  "  fill\n"
  "1: sub x0, x0, 1\n"
  "  cbnz x0, 1b\n"
  "  take_down\n"
  "  mov x0, xzr\n"
  "  ret\n"
);

static void fill_patterns(unsigned long seed) {
  for (unsigned long i = 0; i < 31; i++) before.x[i] = pattern(seed, i);
  for (unsigned long i = 0; i < 64; i++) before.q[i] = pattern(seed, 100 + i);
  before.fpsr = seed % 2 ? 0x0800009f : 0x08000010; /* QC and cumulative exception bits */
  before.fpcr = seed % 2 ? 0x01c00000 : 0x03000000; /* rounding mode, flush to zero, default NaN */
  before.nzcv = (seed % 16) << 28;
  before.tpidr = pattern(seed, 200);
}

/* Has the next system call made with these; the other arguments hold patterns. */
static inline void set_call(long number, long a0, long a1, long a2) {
  before.x[8] = (unsigned long)number;
  before.x[0] = (unsigned long)a0;
  before.x[1] = (unsigned long)a1;
  before.x[2] = (unsigned long)a2;
}

static inline void set_rounds(unsigned long rounds) {
  before.x[0] = rounds;
}

/* A set of kinds of registers. */
enum { X = 1, SP = 2, Q = 4, FPSR = 8, FPCR = 16, NZCV = 32, TPIDR = 64 };
/* Flags need not survive a call; TPIDR_EL0 is borrowed. */
enum { KEPT_BY_CALLS = X | SP | Q | FPSR | FPCR };
#define NO_CHANGE "nothing changed, 0, not a sum of x=1 sp=2 q=4 fpsr=8 fpcr=16 nzcv=32 tpidr=64"

/* What differs between `before` and `after`; x0 is not looked at. */
static int changed_registers(void) {
  int changed = 0;
  for (int i = 1; i < 31; i++) changed |= after.x[i] == before.x[i] ? 0 : X;
  for (int i = 0; i < 64; i++) changed |= after.q[i] == before.q[i] ? 0 : Q;
  changed |= after.sp == before.sp ? 0 : SP;
  changed |= after.fpsr == before.fpsr ? 0 : FPSR;
  changed |= after.fpcr == before.fpcr ? 0 : FPCR;
  changed |= after.nzcv == before.nzcv ? 0 : NZCV;
  return changed | (after.tpidr == before.tpidr ? 0 : TPIDR);
}
