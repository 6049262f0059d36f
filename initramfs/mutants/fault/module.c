// SPDX-License-Identifier: GPL-2.0
/*
 * Seeds the fault that its parameter names, by kprobes and kretprobes (Linux Documentation/trace/kprobes.rst), without a change to
 * the kernel. fault=none seeds nothing. It stays for good, and refuses to load where a fault can't be seeded.
 */
#define pr_fmt(format) "mutant: " format
#include <linux/module.h>
#include "fault.h"

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "name of the fault to seed");

static const struct fault *const tables[] = {call_faults, memory_faults, register_faults, signal_faults, console_faults, time_faults, machine_faults, file_faults, process_faults, terminal_faults, disk_faults, protection_faults, cpu_faults, network_faults};

/* Calls that sleep hold an instance each. */
enum { INSTANCES = 256 };

/* Rows of one name, at most: a fault may need several probes. */
enum { PROBES = 8 };
static struct kprobe kprobes[PROBES];
static struct kretprobe kretprobes[PROBES];
static int kprobe_count, kretprobe_count;

static int seed_by_kprobe(const struct fault *it) {
  struct kprobe *probe = &kprobes[kprobe_count];
  int error;
  probe->symbol_name = it->symbol;
  probe->pre_handler = it->enter;
  error = register_kprobe(probe);
  if (!error) kprobe_count++;
  return error;
}

static int seed_by_kretprobe(const struct fault *it) {
  struct kretprobe *probe = &kretprobes[kretprobe_count];
  int error;
  probe->kp.symbol_name = it->symbol;
  probe->entry_handler = it->begin;
  probe->handler = it->end;
  probe->data_size = sizeof(struct kept);
  probe->maxactive = INSTANCES;
  error = register_kretprobe(probe);
  if (!error) kretprobe_count++;
  return error;
}

static void take_back(void) {
  while (kprobe_count > 0) unregister_kprobe(&kprobes[--kprobe_count]);
  while (kretprobe_count > 0) unregister_kretprobe(&kretprobes[--kretprobe_count]);
}

static int seed(const struct fault *it) {
  if (!it->once) return it->enter ? seed_by_kprobe(it) : seed_by_kretprobe(it);
  it->once();
  return 0;
}

static int __init seed_named(void) {
  const struct fault *it;
  bool found = strcmp(fault, "none") == 0;
  int table, error;
  for (table = 0; table < ARRAY_SIZE(tables); table++) {
    for (it = tables[table]; it->name; it++) {
      if (strcmp(it->name, fault) != 0) continue;
      found = true;
      error = seed(it);
      if (!error) continue;
      pr_err("%s can't be probed for %s: %d\n", it->symbol, it->name, error);
      take_back();
      return error;
    }
  }
  if (found) return 0;
  pr_err("no fault is called %s\n", fault);
  return -EINVAL;
}
module_init(seed_named);

MODULE_DESCRIPTION("Seeds a fault into the kernel");
MODULE_LICENSE("GPL");
