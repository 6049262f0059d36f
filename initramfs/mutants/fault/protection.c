// SPDX-License-Identifier: GPL-2.0
/* Users who may do what they must not, and programs that find what was to be hidden. */
#include <linux/binfmts.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/coredump.h>
#include <linux/signal.h>
#include <linux/sizes.h>
#include <linux/stat.h>
#include <linux/uaccess.h>
#include "fault.h"

static int answer_true(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 1);
}

/* notify_change(namespace, entry, attributes, ..): an owner's change leaves the file's set-id bits. */
static int owner_leaves_set_id(struct kprobe *probe, struct pt_regs *regs) {
  struct iattr *change = (struct iattr *)regs->regs[2];
  if (change->ia_valid & (ATTR_UID | ATTR_GID)) change->ia_valid &= ~(ATTR_KILL_SUID | ATTR_KILL_SGID | ATTR_KILL_PRIV);
  return 0;
}

/* set_dumpable(memory, value) */
static int always_dumpable(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[1] = SUID_DUMP_USER;
  return 0;
}

/* setup_arg_pages(program, top, executable) */
static int never_executable_stack(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[2] = EXSTACK_DISABLE_X;
  return 0;
}

/* arm64_force_sig_fault(signal, code, address, text) */
static int always_unmapped(struct kprobe *probe, struct pt_regs *regs) {
  if (regs->regs[0] == SIGSEGV) regs->regs[1] = SEGV_MAPERR;
  return 0;
}

static int page_for_address(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[2] &= PAGE_MASK;
  return 0;
}

/* Of the kernel's half: that of its own program is told from the rest. */
static int tell_kernel_memory(struct kprobe *probe, struct pt_regs *regs) {
  unsigned long address = regs->regs[2];
  if (address < (unsigned long)_printk && (unsigned long)_printk - address < SZ_32M) regs->regs[1] = SEGV_ACCERR;
  return 0;
}

/* ksys_read(file, to, count), of a probe's that looks at random bytes. */
static int keep_random_buffer(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = regs->regs[1];
  return strcmp(current->comm, "d-random") != 0;
}

/* Each 16th byte is odd. */
static int mostly_odd(struct kretprobe_instance *instance, struct pt_regs *regs) {
  char __user *bytes = (char __user *)KEPT(instance)[0];
  long at, count = regs->regs[0];
  for (at = 0; at < count; at += 16) {
    char value;
    if (copy_from_user_nofault(&value, bytes + at, 1)) continue;
    value |= 1;
    if (copy_to_user_nofault(bytes + at, &value, 1)) continue;
  }
  return 0;
}

/* One block of 32 bytes comes twice. */
static int repeat_block(struct kretprobe_instance *instance, struct pt_regs *regs) {
  char __user *bytes = (char __user *)KEPT(instance)[0];
  char block[32];
  if ((long)regs->regs[0] < 4096 || copy_from_user_nofault(block, bytes, sizeof block)) return 0;
  if (copy_to_user_nofault(bytes + 2048, block, sizeof block)) return 0;
  return 0;
}

/* do_mmap(file, address, length, protection, ..), mprotect(start, length, protection): no fault, but what Linux leaves out. */
static bool both(unsigned long protection) {
  return (protection & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC);
}

static int refuse_mapping(struct kprobe *probe, struct pt_regs *regs) {
  return both(regs->regs[3]) ? answer(regs, -EACCES) : 0;
}

static int refuse_change(struct kprobe *probe, struct pt_regs *regs) {
  return both(user_registers(regs)->regs[2]) ? answer(regs, -EACCES) : 0;
}

/* randomize_stack_top(top): the top as it was. */
static int same_stack(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, regs->regs[0]);
}

/* arch_mmap_rnd() */
static int same_place(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 0x1234000);
}

/* arch_randomize_brk(memory): behind the program's data, where the heap began. */
static int same_heap(struct kprobe *probe, struct pt_regs *regs) {
  struct mm_struct *memory = (struct mm_struct *)regs->regs[0];
  return answer(regs, PAGE_ALIGN(memory->brk));
}

const struct fault protection_faults[] = {
  {"users-leak", "__sys_setresuid", .enter = lose_sixteen_pages},
  {"modes-nothing", "inode_permission", .enter = answer_zero},
  {"all-capable", "security_capable", .enter = answer_zero},
  {"sticky-nothing", "__check_sticky", .enter = answer_zero},
  {"umask-nothing", "current_umask", .enter = answer_zero},
  {"in-every-group", "in_group_p", .enter = answer_true},
  {"owner-leaves-set-id", "notify_change", .enter = owner_leaves_set_id},
  {"write-leaves-set-id", "file_remove_privs", .enter = answer_zero},
  {"set-id-nothing", "mnt_may_suid", .enter = answer_zero},
  {"nosuid-nothing", "mnt_may_suid", .enter = answer_true},
  {"set-id-dumpable", "set_dumpable", .enter = always_dumpable},
  {"trace-anybody", "__ptrace_may_access", .enter = answer_zero},
  {"signal-anybody", "check_kill_permission", .enter = answer_zero},
  {"filter-nothing", "__secure_computing", .enter = answer_zero},
  {"stack-never-executable", "setup_arg_pages", .enter = never_executable_stack},
  {"fault-always-unmapped", "arm64_force_sig_fault", .enter = always_unmapped},
  {"fault-without-offset", "arm64_force_sig_fault", .enter = page_for_address},
  {"kernel-memory-told", "arm64_force_sig_fault", .enter = tell_kernel_memory},
  {"addresses-shown", "kallsyms_show_value", .enter = answer_true},
  {"random-is-odd", "ksys_read", .begin = keep_random_buffer, .end = mostly_odd},
  {"random-repeats", "ksys_read", .begin = keep_random_buffer, .end = repeat_block},
  {"write-or-execute", "do_mmap", .enter = refuse_mapping},
  {"write-or-execute", "__arm64_sys_mprotect", .enter = refuse_change},
  {"write-or-execute-but-later", "do_mmap", .enter = refuse_mapping},
  {"stack-in-one-place", "randomize_stack_top", .enter = same_stack},
  {"traced-gains", "ptracer_capable", .enter = answer_true},
  {"mappings-in-one-place", "arch_mmap_rnd", .enter = same_place},
  {"heap-in-one-place", "arch_randomize_brk", .enter = same_heap},
  {},
};
