// SPDX-License-Identifier: GPL-2.0
/* Files, pipes and devices. */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/poll.h>
#include <linux/uio.h>
#include "fault.h"

static int answer_eio(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, -EIO);
}

static int answer_one(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 1);
}

/* do_sys_openat2(folder, path, how) */
static void lose_flag(struct pt_regs *regs, u64 flag) {
  ((struct open_how *)regs->regs[2])->flags &= ~flag;
}

static int lose_append(struct kprobe *probe, struct pt_regs *regs) {
  lose_flag(regs, O_APPEND);
  return 0;
}

static int lose_exclusive(struct kprobe *probe, struct pt_regs *regs) {
  lose_flag(regs, O_EXCL);
  return 0;
}

static int lose_close_on_exec(struct kprobe *probe, struct pt_regs *regs) {
  lose_flag(regs, O_CLOEXEC);
  return 0;
}

/* filp_close(file, owner) */
static int keep_regular_file(struct kprobe *probe, struct pt_regs *regs) {
  return S_ISREG(file_inode((struct file *)regs->regs[0])->i_mode) ? answer(regs, 0) : 0;
}

/* pipe_write(kiocb, iov_iter) */
static int swallow_some_writes(struct kprobe *probe, struct pt_regs *regs) {
  static atomic_t writes;
  const struct iov_iter *data = (const struct iov_iter *)regs->regs[1];
  return data->count >= 1024 && atomic_inc_return(&writes) % 16 == 0 ? answer(regs, data->count) : 0;
}

/* __arm64_sys_lseek(registers): the user's x2 is put back. */
static int end_is_start(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct pt_regs *user = user_registers(regs);
  KEPT(instance)[0] = (unsigned long)user;
  KEPT(instance)[1] = user->regs[2];
  if (user->regs[2] == SEEK_END) user->regs[2] = SEEK_SET;
  return 0;
}

static int restore_whence(struct kretprobe_instance *instance, struct pt_regs *regs) {
  ((struct pt_regs *)KEPT(instance)[0])->regs[2] = KEPT(instance)[1];
  return 0;
}

/* do_sys_poll(descriptors, count, end of the time-out) */
static int time_out_at_once(struct kprobe *probe, struct pt_regs *regs) {
  struct timespec64 *end = (struct timespec64 *)regs->regs[2];
  if (end) *end = (struct timespec64){0, 0};
  return 0;
}

const struct fault file_faults[] = {
  {"append-lost", "do_sys_openat2", .enter = lose_append},
  {"exclusive-lost", "do_sys_openat2", .enter = lose_exclusive},
  {"close-on-exec-lost", "do_sys_openat2", .enter = lose_close_on_exec},
  {"truncate-nothing", "do_truncate", .enter = answer_zero},
  {"rename-nothing", "vfs_rename", .enter = answer_zero},
  {"unlink-nothing", "vfs_unlink", .enter = answer_zero},
  {"rmdir-of-full", "simple_empty", .enter = answer_one},
  {"directories-empty", "iterate_dir", .enter = answer_zero},
  {"null-refuses", "write_null", .enter = answer_eio},
  {"files-stay-open", "filp_close", .enter = keep_regular_file},
  {"pipe-loses-writes", "pipe_write", .enter = swallow_some_writes},
  {"seek-end-is-start", "__arm64_sys_lseek", .begin = end_is_start, .end = restore_whence},
  {"poll-times-out-at-once", "do_sys_poll", .enter = time_out_at_once},
  {},
};
