// SPDX-License-Identifier: GPL-2.0
/* System calls that answer wrong. */
#include "fault.h"

/* Gives a kretprobe handler that answers `wrong` where the result is `right`. */
#define TURN(name, right, wrong) \
  static int name(struct kretprobe_instance *instance, struct pt_regs *regs) { \
    if ((long)regs->regs[0] == (right)) regs->regs[0] = (unsigned long)(wrong); \
    return 0; \
  }

static int answer_two(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 2);
}

static int forget_exit_status(struct kprobe *probe, struct pt_regs *regs) {
  if ((regs->regs[0] & 0x7f) == 0) regs->regs[0] = 0;
  return 0;
}

TURN(enosys_to_eperm, -ENOSYS, -EPERM)
TURN(ebadf_to_success, -EBADF, 0)
TURN(efault_to_einval, -EFAULT, -EINVAL)
static int answer_eperm(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, -EPERM);
}

/* write(fd, buffer, count) */
static int keep_count(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = regs->regs[2];
  return 0;
}

static int claim_success(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -EFAULT) regs->regs[0] = KEPT(instance)[0];
  return 0;
}

static int one_less(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] > 1) regs->regs[0]--;
  return 0;
}

static int refuse_unaligned(struct kprobe *probe, struct pt_regs *regs) {
  return regs->regs[1] % 8 == 0 ? 0 : answer(regs, -EINVAL);
}

/* A kernel that trusts a pointer from user space. */
static int load_unchecked(struct kprobe *probe, struct pt_regs *regs) {
  if ((long)regs->regs[1] < 0) (void)*(volatile char *)regs->regs[1];
  return 0;
}

/* mmap(address, length, protection, flags, fd, offset): the user's x5 is put back, so that only the argument is lost. */
static int lose_sixth(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct pt_regs *user = user_registers(regs);
  KEPT(instance)[0] = (unsigned long)user;
  KEPT(instance)[1] = user->regs[5];
  user->regs[5] = 0;
  return 0;
}

static int restore_sixth(struct kretprobe_instance *instance, struct pt_regs *regs) {
  ((struct pt_regs *)KEPT(instance)[0])->regs[5] = KEPT(instance)[1];
  return 0;
}

const struct fault call_faults[] = {
  {"getpid-two", "__arm64_sys_getpid", .enter = answer_two},
  {"getppid-two", "__arm64_sys_getppid", .enter = answer_two},
  {"exit-status-lost", "do_exit", .enter = forget_exit_status},
  {"enosys-eperm", "sys_ni_syscall", .end = enosys_to_eperm},
  {"close-accepts-all", "__arm64_sys_close", .end = ebadf_to_success},
  {"close-nothing", "__arm64_sys_close", .enter = answer_zero},
  {"efault-einval", "ksys_write", .end = efault_to_einval},
  {"bad-pointer-success", "ksys_write", .begin = keep_count, .end = claim_success},
  {"bad-pointer-oops", "ksys_write", .enter = load_unchecked},
  {"write-counts-short", "ksys_write", .end = one_less},
  {"write-wants-alignment", "ksys_write", .enter = refuse_unaligned},
  {"mmap-offset-lost", "__arm64_sys_mmap", .begin = lose_sixth, .end = restore_sixth},
  {"syslog-refused", "do_syslog", .enter = answer_eperm},
  {},
};
