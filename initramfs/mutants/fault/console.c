// SPDX-License-Identifier: GPL-2.0
/* What goes over the console, and what the log says. */
#include <linux/uaccess.h>
#include <linux/uio.h>
#include "fault.h"

/* n_tty_receive_buf2(tty, bytes, flags, count) */
static int lose_bit_7(struct kprobe *probe, struct pt_regs *regs) {
  unsigned char *bytes = (unsigned char *)regs->regs[1];
  int i;
  for (i = 0; i < (int)regs->regs[3]; i++) bytes[i] &= 0x7f;
  return 0;
}

/* n_tty_write(tty, file, bytes, count) */
static int zero_to_space(struct kprobe *probe, struct pt_regs *regs) {
  unsigned char *bytes = (unsigned char *)regs->regs[2];
  size_t i;
  for (i = 0; i < regs->regs[3]; i++)
    if (bytes[i] == 0) bytes[i] = ' ';
  return 0;
}

/* redirected_tty_write(kiocb, data): /dev/console's own. */
static int swallow(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, ((const struct iov_iter *)regs->regs[1])->count);
}

/* do_syslog(type, buffer, length, source) */
static int keep_buffer(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = regs->regs[1];
  return 0;
}

/* Where a record begins "<6>[    0.000000]": its time's first digit. */
static int first_record_is_late(struct kretprobe_instance *instance, struct pt_regs *regs) {
  char __user *text = (char __user *)KEPT(instance)[0];
  if ((long)regs->regs[0] > 16 && copy_to_user_nofault(text + 4, "9999", 4)) regs->regs[0] = -EFAULT;
  return 0;
}

const struct fault console_faults[] = {
  {"console-swallows", "redirected_tty_write", .enter = swallow},
  {"read-loses-bit-7", "n_tty_receive_buf2", .enter = lose_bit_7},
  {"zero-is-space", "n_tty_write", .enter = zero_to_space},
  {"syslog-out-of-order", "do_syslog", .begin = keep_buffer, .end = first_record_is_late},
  {},
};
