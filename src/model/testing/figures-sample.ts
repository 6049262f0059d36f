import type { Figures } from '../figures.ts';

/** A digest of one digit. */
export const digest = (digit: string): string => digit.repeat(64);

/** What a measurement says of itself beside its figures. */
export const sampleConditions: Figures['conditions'] = {
  profile: 'p',
  qemu: '7.2.22',
  machine: 'virt',
  cpu: 'cortex-a72',
  memoryMiB: 256,
  nsPerInstruction: 1,
  cmdline: 'quiet',
  qemuArgs: '',
  programs: digest('d'),
};
