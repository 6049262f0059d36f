// SPDX-License-Identifier: GPL-2.0
/* Memory that is lost, and bytes that are not random. */
#include <linux/gfp.h>
#include <linux/uio.h>
#include "fault.h"

static int leak_page(struct kprobe *probe, struct pt_regs *regs) {
  static atomic_t calls;
  if (atomic_inc_return(&calls) % 16 == 0) (void)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);
  return 0;
}

/* get_random_bytes_user(data) */
static int not_random(struct kprobe *probe, struct pt_regs *regs) {
  struct iov_iter *data = (struct iov_iter *)regs->regs[0];
  return answer(regs, data->count);
}

const struct fault memory_faults[] = {
  {"random-is-constant", "get_random_bytes_user", .enter = not_random},
  {"getppid-leaks", "__arm64_sys_getppid", .enter = leak_page},
  {},
};
