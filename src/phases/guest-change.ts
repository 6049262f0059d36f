import type { DiskOptions } from '../harness/devices/disk.ts';
import type { Lab } from '../harness/lab/lab.ts';
import type { Machine } from '../harness/machine.ts';
import type { ArtifactProvider } from '../model/artifact.ts';

/** Something done to a guest that the check which runs on it does not know of: a seeded fault. */
export interface GuestChange {
  /** Kernel parameters after all others. */
  readonly append?: readonly string[];
  /** QEMU arguments after all others. */
  readonly qemuArgs?: readonly string[];
  /** Whether `onBooted` reads or writes registers: `machine.gdb`. @default false */
  readonly gdbstub?: boolean;
  /** Makes the guest's initramfs from the one it would have. */
  readonly initramfs?: (base: ArtifactProvider, init: 'shell' | 'probe') => ArtifactProvider;
  /** Makes the disks from those that the check asks for. */
  readonly disks?: (disks: readonly DiskOptions[]) => readonly DiskOptions[];
  /** Done when the machine is ready (a shell's prompt; where init is a probe, QEMU's start), before the check's body runs. */
  readonly onBooted?: (machine: Machine, signal: AbortSignal) => Promise<void>;
  /** Done to the check's lab, when its guest is on it. */
  readonly onLab?: (lab: Lab) => void;
  /** How the same is done to a fork. @default the guest is booted */
  readonly inFork?: ForkChange;
}

/** A change to a fork, made before the check's body runs. */
export interface ForkChange {
  /** Makes the initramfs of the guest that is frozen, in which nothing is changed yet. Guests with the same function share a snapshot. */
  readonly initramfs: (base: ArtifactProvider) => ArtifactProvider;
  readonly make: (machine: Machine, signal: AbortSignal) => Promise<void>;
}
