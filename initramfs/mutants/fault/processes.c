// SPDX-License-Identifier: GPL-2.0
/* Processes: how they are made, started, waited for and scheduled. */
#include <linux/binfmts.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include "fault.h"

/* begin_new_exec(program): before it, an exec may still fail. */
static int fail_some(struct kprobe *probe, struct pt_regs *regs) {
  static atomic_t execs;
  return atomic_inc_return(&execs) % 50 == 0 ? answer(regs, -ENOMEM) : 0;
}

static int lose_four_pages(struct kprobe *probe, struct pt_regs *regs) {
  (void)__get_free_pages(GFP_NOWAIT | __GFP_NOWARN, 2);
  return 0;
}

static int enoexec_to_eacces(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -ENOEXEC) regs->regs[0] = -EACCES;
  return 0;
}

static int e2big_to_efault(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -E2BIG) regs->regs[0] = -EFAULT;
  return 0;
}

/*
 * finalize_exec(program): its stack is laid out, its memory is current->mm, nothing of it ran. BusyBox is spared, else there would be no shell
 * to start anything from.
 */
static const struct linux_binprm *new_program(struct pt_regs *regs) {
  const struct linux_binprm *program = (const struct linux_binprm *)regs->regs[0];
  bool is_busybox = strstarts(program->filename, "/bin/") || strstarts(program->filename, "/sbin/") || strstarts(program->filename, "/usr/");
  return is_busybox ? NULL : program;
}

static int wrong_argc(struct kprobe *probe, struct pt_regs *regs) {
  const struct linux_binprm *program = new_program(regs);
  long argc = program ? program->argc + 1 : 0;
  return argc && copy_to_user_nofault((void __user *)program->p, &argc, sizeof argc) ? 0 : 0;
}

/* The auxiliary vector lies behind argc, argv, 0, envp, 0. */
static void change_auxiliary(const struct linux_binprm *program, unsigned long type, long by) {
  unsigned long __user *at = program ? (unsigned long __user *)program->p + 1 + program->argc + 1 + program->envc + 1 : NULL;
  unsigned long pair[2];
  if (!at) return;
  do {
    if (copy_from_user_nofault(pair, at, sizeof pair)) return;
    at += 2;
  } while (pair[0] != type && pair[0] != 0);
  pair[1] += by;
  if (pair[0] == type && copy_to_user_nofault(at - 1, &pair[1], sizeof pair[1])) return;
}

static int wrong_entry(struct kprobe *probe, struct pt_regs *regs) {
  change_auxiliary(new_program(regs), AT_ENTRY, 4);
  return 0;
}

static int wrong_uid(struct kprobe *probe, struct pt_regs *regs) {
  change_auxiliary(new_program(regs), AT_UID, 1000);
  return 0;
}

/* What follows the file's data in its last page is .bss. */
static int dirty_bss(struct kprobe *probe, struct pt_regs *regs) {
  unsigned long at = current->mm->end_data, end = PAGE_ALIGN(at);
  if (!new_program(regs)) return 0;
  for (; at < end; at += 8)
    if (copy_to_user_nofault((void __user *)at, "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", min(end - at, 8ul))) return 0;
  return 0;
}

/* setup_arg_pages(program, top, executable) */
static int executable_stack(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[2] = EXSTACK_ENABLE_X;
  return 0;
}

/* do_mmap(file, address, length, protection, flags, ..) */
static int executable_data(struct kprobe *probe, struct pt_regs *regs) {
  if (regs->regs[3] & PROT_WRITE) regs->regs[3] |= PROT_EXEC;
  return 0;
}

static int writable_text(struct kprobe *probe, struct pt_regs *regs) {
  if (regs->regs[3] & PROT_EXEC) regs->regs[3] |= PROT_WRITE;
  return 0;
}

static int shared_to_private(struct kprobe *probe, struct pt_regs *regs) {
  if ((regs->regs[4] & MAP_TYPE) == MAP_SHARED) regs->regs[4] ^= MAP_SHARED ^ MAP_PRIVATE;
  return 0;
}

/* kernel_wait4(which, status, options, usage) */
static int keep_status(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = regs->regs[1];
  return 0;
}

/* Where a signal ended the process its number is lost. */
static int lose_signal(struct kretprobe_instance *instance, struct pt_regs *regs) {
  int __user *at = (int __user *)KEPT(instance)[0];
  int status;
  if ((long)regs->regs[0] <= 0 || copy_from_user_nofault(&status, at, sizeof status) || (status & 0x7f) == 0) return 0;
  status = 0;
  return copy_to_user_nofault(at, &status, sizeof status) ? 0 : 0;
}

static int echild_to_zero(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -ECHILD) regs->regs[0] = 0;
  return 0;
}

/* do_notify_parent(child, signal) */
static int init_hears_nothing(struct kprobe *probe, struct pt_regs *regs) {
  return ((struct task_struct *)regs->regs[0])->parent->tgid == 1 ? answer(regs, 0) : 0;
}

/* Takes a part of the pages that a large process has, eight times at most: the machine is to live. */
static void lose_pages_of(struct mm_struct *memory) {
  static atomic_t times;
  unsigned long pages = memory ? get_mm_counter(memory, MM_ANONPAGES) : 0;
  if (pages < 4096 || atomic_inc_return(&times) > 8) return;
  for (pages /= 8; pages > 0; pages--) (void)alloc_page(GFP_NOWAIT | __GFP_NOWARN);
}

/* kernel_clone(arguments) */
static int fork_costs_memory(struct kprobe *probe, struct pt_regs *regs) {
  lose_pages_of(current->mm);
  return 0;
}

/* exit_mmap(memory) */
static int exit_keeps_pages(struct kprobe *probe, struct pt_regs *regs) {
  lose_pages_of((struct mm_struct *)regs->regs[0]);
  return 0;
}

/*
 * copy_page_range(child's area, parent's area): private mappings of 64 KiB and more are copied as if they were shared. Stack and heap are
 * spared: the shell's child runs on them.
 */
static bool is_large_private(const struct vm_area_struct *area) {
  bool is_heap = area->vm_start < area->vm_mm->brk && area->vm_end > area->vm_mm->start_brk;
  bool is_private = (area->vm_flags & (VM_SHARED | VM_WRITE | VM_GROWSDOWN)) == VM_WRITE;
  return is_private && !is_heap && !area->vm_file && area->vm_end - area->vm_start >= 1 << 16;
}

static int share_large_memory(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct vm_area_struct *area = (struct vm_area_struct *)regs->regs[1];
  KEPT(instance)[0] = is_large_private(area) ? (unsigned long)area : 0;
  if (KEPT(instance)[0]) *(vm_flags_t *)&area->vm_flags |= VM_SHARED;
  return 0;
}

static int share_no_more(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct vm_area_struct *area = (struct vm_area_struct *)KEPT(instance)[0];
  if (area) *(vm_flags_t *)&area->vm_flags &= ~VM_SHARED;
  return 0;
}

/* wake_up_new_task(child) */
static int every_fourth_is_nice(struct kprobe *probe, struct pt_regs *regs) {
  static atomic_t tasks;
  if (atomic_inc_return(&tasks) % 4 == 0) set_user_nice((struct task_struct *)regs->regs[0], 10);
  return 0;
}

/* futex_wake(address, flags, how many, ..) */
static int wake_all(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[2] = INT_MAX;
  return 0;
}

const struct fault process_faults[] = {
  {"exec-fails-at-times", "begin_new_exec", .enter = fail_some},
  {"exec-leaks", "begin_new_exec", .enter = lose_four_pages},
  {"enoexec-eacces", "__arm64_sys_execve", .end = enoexec_to_eacces},
  {"e2big-efault", "__arm64_sys_execve", .end = e2big_to_efault},
  {"argc-wrong", "finalize_exec", .enter = wrong_argc},
  {"entry-wrong", "finalize_exec", .enter = wrong_entry},
  {"uid-wrong", "finalize_exec", .enter = wrong_uid},
  {"bss-dirty", "finalize_exec", .enter = dirty_bss},
  {"stack-executable", "setup_arg_pages", .enter = executable_stack},
  {"data-executable", "do_mmap", .enter = executable_data},
  {"text-writable", "do_mmap", .enter = writable_text},
  {"shared-is-private", "do_mmap", .enter = shared_to_private},
  {"wait-loses-signal", "kernel_wait4", .begin = keep_status, .end = lose_signal},
  {"wait-without-children", "kernel_wait4", .end = echild_to_zero},
  {"init-hears-nothing", "do_notify_parent", .enter = init_hears_nothing},
  {"fork-costs-memory", "kernel_clone", .enter = fork_costs_memory},
  {"exit-keeps-pages", "exit_mmap", .enter = exit_keeps_pages},
  {"fork-shares-memory", "copy_page_range", .begin = share_large_memory, .end = share_no_more},
  {"one-in-four-is-nice", "wake_up_new_task", .enter = every_fourth_is_nice},
  {"futex-wakes-all", "futex_wake", .enter = wake_all},
  {},
};
