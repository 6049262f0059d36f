// SPDX-License-Identifier: GPL-2.0
/* Lists whose links are wrong. */
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/plist.h>
#include "crash.h"

static LIST_HEAD(jobs);
static struct list_head job;

static noinline void remove_job_twice(void) {
  list_add(&job, &jobs);
  list_del(&job);
  list_del(hidden(&job));
  STAY();
}

static noinline void add_job_twice(void) {
  list_add(&job, &jobs);
  list_add(hidden(&job), &jobs);
  STAY();
}

static noinline void add_to_cleared_list(void) {
  static struct list_head cleared;
  list_add_tail(hidden(&job), &cleared);
  STAY();
}

static noinline void remove_overwritten_job(void) {
  list_add(&job, &jobs);
  job.next = (struct list_head *)&jobs.prev;
  list_del(hidden(&job));
  STAY();
}

static noinline void add_after_overwritten(void) {
  list_add(&job, &jobs);
  WRITE_ONCE(jobs.next, (struct list_head *)0x6b6b6b6b6b6b6b6b);
  list_add_tail(hidden(&job), &jobs);
  STAY();
}

static noinline void walk_freed_list(void) {
  struct list_head *at;
  int count = 0;
  list_add(&job, &jobs);
  list_del(&job);
  for (at = hidden(&job); at != &jobs; at = READ_ONCE(at->next)) count++;
  pr_info("%d\n", count);
}

static noinline void walk_hash(void) {
  struct hlist_head bucket = {.first = hidden((void *)0x60)};
  struct hlist_node *at;
  int count = 0;
  hlist_for_each(at, &bucket) count++;
  pr_info("%d\n", count);
}

static noinline void erase_from_broken_tree(void) {
  static struct rb_root tree = RB_ROOT;
  static struct rb_node node;
  node.rb_left = (struct rb_node *)0x1000;
  tree.rb_node = &node;
  rb_erase(hidden(&node), &tree);
  STAY();
}

const struct crash list_crashes[] = {
  {"list-del-twice", remove_job_twice},
  {"list-add-twice", add_job_twice},
  {"list-add-cleared", add_to_cleared_list},
  {"list-del-overwritten", remove_overwritten_job},
  {"list-add-overwritten", add_after_overwritten},
  {"list-walk", walk_freed_list},
  {"hash-walk", walk_hash},
  {"tree-erase", erase_from_broken_tree},
  {},
};
