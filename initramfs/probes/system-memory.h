/* What the kernel says of its RAM: sysinfo(2), 64-bit. */
#pragma once

#include "probe.h"

struct sysinfo {
  long uptime;
  unsigned long loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
  unsigned short processes, padding;
  unsigned long total_high, free_high;
  unsigned memory_unit;
  byte reserved[64];
};

/* Both -1 where the call fails. */
static inline long in_kib(const struct sysinfo *info, unsigned long amount) {
  return (long)(amount * (info->memory_unit == 0 ? 1 : info->memory_unit) / 1024);
}

static inline long total_kib(void) {
  struct sysinfo info = {.memory_unit = 0};
  return sys(SYS_sysinfo, &info) == 0 ? in_kib(&info, info.total_ram) : -1;
}

static inline long free_kib(void) {
  struct sysinfo info = {.memory_unit = 0};
  return sys(SYS_sysinfo, &info) == 0 ? in_kib(&info, info.free_ram) : -1;
}
