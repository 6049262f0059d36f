// SPDX-License-Identifier: GPL-2.0
/*
 * Crashes the kernel on request, for the corpus of console logs: `echo "<crash> <context>" > /proc/crash`, or the parameter `now` at load.
 * A context is where the crash happens; without one it is the writing process. After "<crash> later", reading the file or removing the
 * module crashes.
 */
#define pr_fmt(format) "crash: " format
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/proc_fs.h>
#include <linux/reboot.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "crash.h"

static const struct crash *const tables[] = {access_crashes, check_crashes, slab_crashes,  list_crashes,
                                             lockup_crashes, misuse_crashes};

static const struct crash *wanted;

static noinline void crash_now(void) {
  wanted->run();
  STAY();
}

static void in_irq_work(struct irq_work *work) {
  crash_now();
}
static struct irq_work irq_request;

static enum hrtimer_restart in_hrtimer(struct hrtimer *timer) {
  crash_now();
  return HRTIMER_NORESTART;
}
static struct hrtimer high_timer;

static void in_timer(struct timer_list *timer) {
  crash_now();
}
static DEFINE_TIMER(soft_timer, in_timer);

static void in_tasklet(struct tasklet_struct *tasklet) {
  crash_now();
}
static DECLARE_TASKLET(bottom_half, in_tasklet);

static void in_worker(struct work_struct *work) {
  crash_now();
}
static DECLARE_WORK(request, in_worker);

static void in_rcu(struct rcu_head *head) {
  crash_now();
}
static struct rcu_head rcu_request;

static void in_ipi(void *unused) {
  crash_now();
}

static int in_thread(void *unused) {
  crash_now();
  return 0;
}

static atomic_t arrived;

/* Both threads begin at the same moment. */
static int in_race(void *unused) {
  atomic_inc(&arrived);
  while (atomic_read(&arrived) < 2) cpu_relax();
  crash_now();
  return 0;
}

static void begin_thread(int (*body)(void *), unsigned int cpu, const char *name) {
  struct task_struct *task = kthread_create(body, NULL, "%s", name);
  if (IS_ERR(task)) return;
  kthread_bind(task, cpu);
  wake_up_process(task);
}

static int at_end(struct notifier_block *block, unsigned long event, void *data) {
  crash_now();
  return NOTIFY_DONE;
}
static struct notifier_block reboot_block = {.notifier_call = at_end}, panic_block = {.notifier_call = at_end};

static DEFINE_SPINLOCK(held);

static unsigned int other_cpu(void) {
  unsigned int cpu = cpumask_next(0, cpu_online_mask);
  return cpu < nr_cpu_ids ? cpu : 0;
}

static int crash_in(const char *context) {
  if (!strcmp(context, "")) crash_now();
  else if (!strcmp(context, "irq")) irq_work_queue(&irq_request);
  else if (!strcmp(context, "hrtimer")) hrtimer_start(&high_timer, ms_to_ktime(20), HRTIMER_MODE_REL_HARD);
  else if (!strcmp(context, "timer")) mod_timer(&soft_timer, jiffies + 2);
  else if (!strcmp(context, "tasklet")) tasklet_schedule(&bottom_half);
  else if (!strcmp(context, "worker")) schedule_work(&request);
  else if (!strcmp(context, "rcu")) call_rcu(&rcu_request, in_rcu);
  else if (!strcmp(context, "ipi")) smp_call_function_single(other_cpu(), in_ipi, NULL, 0);
  else if (!strcmp(context, "all")) on_each_cpu(in_ipi, NULL, 0);
  else if (!strcmp(context, "thread")) begin_thread(in_thread, 0, "crashd");
  else if (!strcmp(context, "race")) {
    begin_thread(in_race, 0, "racer/0");
    begin_thread(in_race, other_cpu(), "racer/1");
  } else if (!strcmp(context, "locked")) {
    spin_lock(&held);
    crash_now();
    spin_unlock(&held);
  } else if (!strcmp(context, "irqs-off")) {
    local_irq_disable();
    crash_now();
    local_irq_enable();
  } else if (!strcmp(context, "bh-off")) {
    local_bh_disable();
    crash_now();
    local_bh_enable();
  } else if (!strcmp(context, "rcu-read")) {
    rcu_read_lock();
    crash_now();
    rcu_read_unlock();
  } else if (!strcmp(context, "reboot")) register_reboot_notifier(&reboot_block);
  else if (!strcmp(context, "panic")) atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
  else if (!strcmp(context, "twice")) {
    crash_now();
    crash_now();
  } else if (strcmp(context, "later")) return -EINVAL;
  return 0;
}

/* "<crash> <context>" */
static int crash_as(char *words) {
  char *name = strsep(&words, " ");
  const struct crash *it;
  int table;
  for (table = 0; table < ARRAY_SIZE(tables); table++)
    for (it = tables[table]; it->name; it++)
      if (!strcmp(it->name, name)) {
        wanted = it;
        return crash_in(words ? words : "");
      }
  return -ENOENT;
}

static ssize_t crash_write(struct file *file, const char __user *from, size_t length, loff_t *at) {
  static char words[64];
  int error;
  if (length >= sizeof(words)) return -EINVAL;
  if (copy_from_user(words, from, length)) return -EFAULT;
  words[length] = 0;
  error = crash_as(strim(words));
  return error ? error : length;
}

static ssize_t crash_read(struct file *file, char __user *to, size_t length, loff_t *at) {
  if (wanted) crash_now();
  return 0;
}

static int crash_release(struct inode *inode, struct file *file) {
  return 0;
}

static const struct proc_ops crash_ops = {.proc_write = crash_write, .proc_read = crash_read, .proc_release = crash_release};

static char *now = "";
module_param(now, charp, 0444);
MODULE_PARM_DESC(now, "crash and context, at once");

static int __init crash_init(void) {
  init_irq_work(&irq_request, in_irq_work);
  hrtimer_init(&high_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
  high_timer.function = in_hrtimer;
  if (!proc_create("crash", 0600, NULL, &crash_ops)) return -ENOMEM;
  return *now ? crash_as(now) : 0;
}

static void __exit crash_exit(void) {
  remove_proc_entry("crash", NULL);
  if (wanted) crash_now();
}
module_init(crash_init);
module_exit(crash_exit);

MODULE_DESCRIPTION("Crashes the kernel on request");
MODULE_LICENSE("GPL");
