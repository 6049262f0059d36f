// SPDX-License-Identifier: GPL-2.0
/* Functions of the kernel called wrongly, which notice it themselves. */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/platform_device.h>
#include <linux/proc_fs.h>
#include <linux/sysfs.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "crash.h"

static void expire(struct timer_list *timer) {
}

static noinline void put_uninitialised_object(void) {
  static struct kobject object;
  kobject_put(hidden(&object));
  STAY();
}

static noinline void add_object_twice(void) {
  int times;
  for (times = 0; times < 2; times++)
    if (!kobject_create_and_add("crash_twice", kernel_kobj)) pr_info("no object\n");
}

static noinline void remove_unknown_entry(void) {
  remove_proc_entry("crash-that-never-was", NULL);
  STAY();
}

static noinline void make_entry_twice(void) {
  proc_mkdir("crash-twice", NULL);
  proc_mkdir("crash-twice", NULL);
  STAY();
}

static noinline void start_timer_twice(void) {
  static struct timer_list timer;
  timer_setup(&timer, expire, 0);
  timer.expires = jiffies + 1000;
  add_timer(&timer);
  add_timer(&timer);
  STAY();
}

static noinline void queue_uninitialised_work(void) {
  static struct work_struct work;
  schedule_work(hidden(&work));
  STAY();
}

static noinline void wake_uninitialised_queue(void) {
  static wait_queue_head_t queue;
  wake_up((wait_queue_head_t *)hidden(&queue));
  STAY();
}

static noinline void complete_freed(void) {
  struct completion *done = kzalloc(sizeof(*done), GFP_KERNEL);
  done->wait.task_list.next = (void *)0x6b6b6b6b6b6b6b6b;
  complete(done);
  STAY();
}

static noinline void register_device_twice(void) {
  static struct platform_device device = {.name = "crash-device", .id = 1};
  platform_device_register(&device);
  platform_device_register(&device);
  STAY();
}

static noinline void release_nothing(void) {
  static struct platform_device device = {.name = "crash-bare", .id = 2};
  if (platform_device_register(&device) == 0) platform_device_unregister(&device);
  STAY();
}

static noinline void stop_nothing(void) {
  kthread_stop(hidden(NULL));
  STAY();
}

static noinline void destroy_busy_queue(void) {
  struct workqueue_struct *queue = alloc_workqueue("crash_wq", 0, 1);
  destroy_workqueue(queue);
  destroy_workqueue(hidden(queue));
  STAY();
}

const struct crash misuse_crashes[] = {
  {"kobject-put", put_uninitialised_object},
  {"kobject-add-twice", add_object_twice},
  {"proc-remove", remove_unknown_entry},
  {"proc-twice", make_entry_twice},
  {"timer-twice", start_timer_twice},
  {"work-bare", queue_uninitialised_work},
  {"wake-bare", wake_uninitialised_queue},
  {"complete-freed", complete_freed},
  {"device-twice", register_device_twice},
  {"device-release", release_nothing},
  {"kthread-stop", stop_nothing},
  {"queue-destroyed", destroy_busy_queue},
  {},
};
