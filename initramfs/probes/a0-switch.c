/*
 * Proves: interrupts and switches between busy programs leave all of a program's registers as they were (registers.h names
 * them). Two children share one CPU; each fills its registers with patterns of its own and spins.
 * Spec: phases.md A0 (NZCV, TPIDR_EL0, x and q registers survive interrupts and switches between two busy programs).
 * System calls: clone, wait4 (with its usage, which counts switches), exit_group, sched_setaffinity.
 */
#include "registers.h"

enum { CHILDREN = 2, ROUNDS = 60, SPINS = 2000000, LEAST_SWITCHES = 5, INVOLUNTARY_SWITCHES = 17 };

/* Gives the child's exit status: what changed in any round. */
static int spin_and_compare(unsigned long seed) {
  int changed = 0;
  for (unsigned long round = 0; round < ROUNDS; round++) {
    fill_patterns(seed + 2 * CHILDREN * round);
    set_rounds(SPINS);
    registers_across_spin();
    changed |= changed_registers();
  }
  return changed;
}

PROBE("a0-switch") {
  unsigned long first_cpu = 1;
  sys(SYS_sched_setaffinity, 0, sizeof first_cpu, &first_cpu); /* with one CPU it may be missing */
  long children[CHILDREN];
  for (unsigned long i = 0; i < CHILDREN; i++) {
    children[i] = fork_child();
    if (children[i] == 0) sys(SYS_exit_group, spin_and_compare(i + 1));
  }
  long switches = 0;
  static const char *const ids[CHILDREN] = {"a0.switch.first-program", "a0.switch.second-program"};
  for (int i = 0; i < CHILDREN; i++) {
    int status = -1;
    long usage[18] = {0}; /* struct rusage, getrusage(2) */
    long waited = sys(SYS_wait4, children[i], &status, 0, usage);
    long changed = waited == children[i] ? (status & 0x7f ? -status : status >> 8) : waited;
    expect_true(ids[i], changed == 0, NO_CHANGE, changed);
    switches += usage[INVOLUNTARY_SWITCHES];
  }
  metric("involuntary_switches", switches);
  expect_true("a0.switch.did-switch", switches >= LEAST_SWITCHES, "5 or more involuntary switches", switches);
}
