// SPDX-License-Identifier: GPL-2.0
/* Machines that the kernel can't run on, can't leave or complains of. */
#include <asm/cputype.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include <linux/reboot.h>
#include "fault.h"

static void panic_on_a53(void) {
  if (read_cpuid_part_number() == ARM_CPU_PART_CORTEX_A53) panic("a processor that nobody tried");
}

/* ID_AA64PFR0_EL1.GIC is 0 where the processor has no GICv3 interface. */
static void panic_on_gicv2(void) {
  if ((read_sysreg(id_aa64pfr0_el1) >> 24 & 15) == 0) panic("an interrupt controller that nobody tried");
}

/* A second in which interrupts are unmasked, and no vectors are there; that none comes is the GICv3's doing: its priority mask. */
static void late_vectors(void) {
  unsigned long vectors = read_sysreg(vbar_el1), flags, daif;
  u64 until = read_sysreg(cntvct_el0) + read_sysreg(cntfrq_el0);
  local_irq_save(flags);
  write_sysreg_s(0, SYS_ICC_PMR_EL1);
  write_sysreg(0, vbar_el1);
  isb();
  daif = read_sysreg(daif);
  write_sysreg(daif & ~PSR_I_BIT, daif);
  while (read_sysreg(cntvct_el0) < until) cpu_relax();
  write_sysreg(daif, daif);
  write_sysreg(vectors, vbar_el1);
  isb();
  write_sysreg_s(GIC_PRIO_IRQON, SYS_ICC_PMR_EL1);
  local_irq_restore(flags);
}

static void complain(void) {
  pr_err("a device does not answer\n");
}

/* Goes on in another function, with nothing for an argument. */
static int go_to(struct pt_regs *regs, void *function) {
  regs->regs[0] = 0;
  regs->pc = (unsigned long)function;
  return 1;
}

static int restart_instead(struct kprobe *probe, struct pt_regs *regs) {
  return go_to(regs, kernel_restart);
}

static int power_off_instead(struct kprobe *probe, struct pt_regs *regs) {
  return go_to(regs, kernel_power_off);
}

const struct fault machine_faults[] = {
  {"vectors-late", .once = late_vectors},
  {"error-in-log", .once = complain},
  {"power-off-restarts", "kernel_power_off", .enter = restart_instead},
  {"restart-powers-off", "kernel_restart", .enter = power_off_instead},
  {"panic-on-cortex-a53", .once = panic_on_a53},
  {"panic-on-gicv2", .once = panic_on_gicv2},
  {},
};
