/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every seeded fault is made of: a function of the kernel, and what is done where it begins or ends. A fault breaks one
 * thing, from the moment the module is loaded until the machine's end.
 */
#pragma once

#include <linux/gfp.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

struct fault {
  const char *name;
  const char *symbol;
  /* At the function's first instruction: changes arguments (regs[0], regs[1], ...), or ends it by `answer`. */
  kprobe_pre_handler_t enter;
  /* Around the function: `begin` may keep something in the instance's data (KEPT), `end` changes the result (regs[0]). */
  kretprobe_handler_t begin, end;
  /* Once, in place of the three above. */
  void (*once)(void);
};

struct kept {
  unsigned long values[3];
};
#define KEPT(instance) (((struct kept *)(instance)->data)->values)

/* Skips the function: its caller sees this result. For `enter`. */
static inline int answer(struct pt_regs *regs, long result) {
  regs->regs[0] = result;
  regs->pc = regs->regs[30];
  return 1;
}

/* The function does nothing, and says that all went well. */
static inline int answer_zero(struct kprobe *probe, struct pt_regs *regs) {
  return answer(regs, 0);
}

/* 64 KiB at each call, for good. */
static inline int lose_sixteen_pages(struct kprobe *probe, struct pt_regs *regs) {
  (void)__get_free_pages(GFP_NOWAIT | __GFP_NOWARN, 4);
  return 0;
}

/* The user's registers, which every __arm64_sys_*() gets. */
static inline struct pt_regs *user_registers(struct pt_regs *regs) {
  return (struct pt_regs *)regs->regs[0];
}

/* For a fault that any program but init shall meet. */
static inline bool is_init(void) {
  return current->tgid == 1;
}

/* Their last row has no name. */
extern const struct fault call_faults[], memory_faults[], register_faults[], signal_faults[], console_faults[], time_faults[], machine_faults[],
  file_faults[], process_faults[], terminal_faults[], disk_faults[], protection_faults[], cpu_faults[], network_faults[];
