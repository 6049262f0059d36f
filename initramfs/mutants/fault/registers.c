// SPDX-License-Identifier: GPL-2.0
/* Registers of user space that the kernel doesn't keep. */
#include <asm/sysreg.h>
#include "fault.h"

static int change_x19(struct kprobe *probe, struct pt_regs *regs) {
  user_registers(regs)->regs[19] ^= 1;
  return 0;
}

/* A system call leaves the user's FP registers where they are, live. */
static int change_q8(struct kprobe *probe, struct pt_regs *regs) {
  asm volatile(".arch_extension fp\n\tfmov v8.d[1], xzr");
  return 0;
}

static int change_fpcr(struct kprobe *probe, struct pt_regs *regs) {
  asm volatile(".arch_extension fp\n\tmsr fpcr, xzr");
  return 0;
}

/* update_process_times(user_tick), in the timer's interrupt. */
static struct pt_regs *ticked_program(struct pt_regs *regs) {
  return regs->regs[0] && !is_init() ? task_pt_regs(current) : NULL;
}

static int tick_changes_flags(struct kprobe *probe, struct pt_regs *regs) {
  struct pt_regs *user = ticked_program(regs);
  if (user) user->pstate ^= PSR_Z_BIT;
  return 0;
}

static int tick_changes_x20(struct kprobe *probe, struct pt_regs *regs) {
  struct pt_regs *user = ticked_program(regs);
  if (user) user->regs[20] ^= 1;
  return 0;
}

static int tick_changes_tpidr(struct kprobe *probe, struct pt_regs *regs) {
  if (ticked_program(regs)) write_sysreg(read_sysreg(tpidr_el0) ^ 1, tpidr_el0);
  return 0;
}

static int skip(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 0);
}

const struct fault register_faults[] = {
  {"getpid-changes-x19", "__arm64_sys_getpid", .enter = change_x19},
  {"getpid-changes-q8", "__arm64_sys_getpid", .enter = change_q8},
  {"getpid-changes-fpcr", "__arm64_sys_getpid", .enter = change_fpcr},
  {"tick-changes-flags", "update_process_times", .enter = tick_changes_flags},
  {"tick-changes-x20", "update_process_times", .enter = tick_changes_x20},
  {"tick-changes-tpidr", "update_process_times", .enter = tick_changes_tpidr},
  {"switch-leaves-fp", "fpsimd_thread_switch", .enter = skip},
  {},
};
