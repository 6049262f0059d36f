// SPDX-License-Identifier: GPL-2.0
/* Faults of programs that are answered wrong. */
#include <linux/signal.h>
#include "fault.h"

/* arm64_force_sig_fault(signal, code, address, text) */
static int segv_to_bus(struct kprobe *probe, struct pt_regs *regs) {
  if (regs->regs[0] == SIGSEGV) regs->regs[0] = SIGBUS;
  return 0;
}

static int die_of_kernel_address(struct kprobe *probe, struct pt_regs *regs) {
  if ((long)regs->regs[2] < 0) panic("a program touched %lx", (unsigned long)regs->regs[2]);
  return 0;
}

/* force_signal_inject(signal, code, address, error): the program goes on behind the instruction. */
static int skip_undefined(struct kprobe *probe, struct pt_regs *regs) {
  if (regs->regs[0] != SIGILL) return 0;
  task_pt_regs(current)->pc += 4;
  return answer(regs, 0);
}

/* send_sig(signal, to, private) */
static int no_broken_pipe(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[0] == SIGPIPE ? answer(regs, 0) : 0;
}

/* do_sigaction(signal, action, old action) */
static int lose_restart(struct kprobe *probe, struct pt_regs *regs) {
  struct k_sigaction *action = (struct k_sigaction *)regs->regs[1];
  if (action) action->sa.sa_flags &= ~SA_RESTART;
  return 0;
}

/* isig(signal, tty) */
static int quit_instead(struct kprobe *probe, struct pt_regs *regs) {
  if (regs->regs[0] == SIGINT) regs->regs[0] = SIGQUIT;
  return 0;
}

/* do_sigaltstack(stack, old stack, ..) */
static int no_other_stack(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[0] ? answer(regs, 0) : 0;
}

const struct fault signal_faults[] = {
  {"no-sigpipe", "send_sig", .enter = no_broken_pipe},
  {"restart-lost", "do_sigaction", .enter = lose_restart},
  {"no-alternate-stack", "do_sigaltstack", .enter = no_other_stack},
  {"sigreturn-leaves-fp", "restore_fpsimd_context", .enter = answer_zero},
  {"mask-nothing", "sigprocmask", .enter = answer_zero},
  {"ctrl-c-quits", "isig", .enter = quit_instead},
  {"segv-is-bus", "arm64_force_sig_fault", .enter = segv_to_bus},
  {"kernel-address-panics", "arm64_force_sig_fault", .enter = die_of_kernel_address},
  {"undefined-is-skipped", "force_signal_inject", .enter = skip_undefined},
  {},
};
