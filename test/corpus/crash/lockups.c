// SPDX-License-Identifier: GPL-2.0
/* Processors and tasks that don't go on. */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include "crash.h"

static noinline void wait_for_device(void) {
  while (hidden_number(1)) cpu_relax();
}

static noinline void spin_without_preemption(void) {
  preempt_disable();
  wait_for_device();
  preempt_enable();
}

/* For so long that a watchdog speaks, and the machine goes on. */
static noinline void spin_a_while(void) {
  unsigned long until = jiffies + 9 * HZ;
  preempt_disable();
  while (time_before(READ_ONCE(jiffies), until)) cpu_relax();
  preempt_enable();
}

static noinline void spin_without_interrupts(void) {
  local_irq_disable();
  wait_for_device();
  local_irq_enable();
}

static void grace_period_over(struct rcu_head *head) {
}

/* A stall is one only while somebody waits for the end of the readers. */
static noinline void spin_reading_rcu(void) {
  static struct rcu_head waiting;
  unsigned long until = jiffies + 12 * HZ;
  call_rcu(&waiting, grace_period_over);
  rcu_read_lock();
  while (time_before(READ_ONCE(jiffies), until)) cpu_relax();
  rcu_read_unlock();
}

static DECLARE_COMPLETION(answer_of_device);

static noinline void wait_for_answer(void) {
  wait_for_completion(&answer_of_device);
  STAY();
}

static DEFINE_MUTEX(door);

static noinline void lock_twice(void) {
  mutex_lock(&door);
  mutex_lock(&door);
  STAY();
}

static noinline void sleep_uninterruptibly(void) {
  set_current_state(TASK_UNINTERRUPTIBLE);
  schedule_timeout(MAX_SCHEDULE_TIMEOUT);
  STAY();
}

static noinline void sleep_in_atomic(void) {
  preempt_disable();
  msleep(2);
  preempt_enable();
}

const struct crash lockup_crashes[] = {
  {"spin", wait_for_device},
  {"spin-no-preempt", spin_without_preemption},
  {"spin-a-while", spin_a_while},
  {"spin-no-irqs", spin_without_interrupts},
  {"rcu-stall", spin_reading_rcu},
  {"wait", wait_for_answer},
  {"mutex-twice", lock_twice},
  {"sleep-forever", sleep_uninterruptibly},
  {"sleep-atomic", sleep_in_atomic},
  {},
};
