import { probeCheck } from '../probe-check.ts';

/** Programs: how they begin, end and fault, and what of theirs the kernel keeps. */
export const programChecks = [
  probeCheck({
    id: 'a0.exit.status',
    title: 'exit ends a program, and its status reaches the parent',
    probe: 'a0-exit',
    results: ['zero', 'forty-two', 'group', 'low-eight-bits', 'no-child-left'],
  }),
  probeCheck({
    id: 'a0.faults.end-the-program',
    title: 'a fault in user space ends the program by the signal that fits; parent and kernel live',
    probe: 'a0-faults',
    results: [
      'undefined-instruction',
      'breakpoint',
      'read-privileged-register',
      'write-privileged-register',
      'mask-interrupts',
      'hvc',
      'smc',
      'misaligned-pc',
      'load-null',
      'store-null',
      'jump-to-null',
      'store-to-text',
      'load-kernel-half',
      'jump-to-kernel-half',
      'parent-lives',
    ],
    // QEMU's emulated CPUs make no SP alignment fault.
    maySkip: ['misaligned-sp'],
  }),
  probeCheck({
    id: 'a0.registers.across-syscalls',
    title: 'x1-x30, SP, q0-q31, FPSR and FPCR survive a system call',
    probe: 'a0-registers',
    results: ['getpid', 'unassigned', 'yield', 'bad-pointer', 'write'],
  }),
  probeCheck({
    id: 'a0.registers.across-switches',
    title: 'x and q registers, SP, NZCV and TPIDR_EL0 survive interrupts and switches between two busy programs',
    probe: 'a0-switch',
    results: ['first-program', 'second-program', 'did-switch'],
  }),
];
