/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to crash a kernel for real: each row is a name and a function whose name the report should blame.
 */
#pragma once

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

struct crash {
  const char *name;
  void (*run)(void);
};

/* Their last row has no name. */
extern const struct crash access_crashes[], check_crashes[], slab_crashes[], list_crashes[], lockup_crashes[], misuse_crashes[];

/* The compiler must not see through these. */
static inline void *hidden(void *pointer) {
  OPTIMIZER_HIDE_VAR(pointer);
  return pointer;
}

static inline unsigned long hidden_number(unsigned long number) {
  OPTIMIZER_HIDE_VAR(number);
  return number;
}

/* Keeps a call from becoming the caller's last jump, which would take the caller out of the trace. */
#define STAY() asm volatile("" ::: "memory")
