import { probeInitramfs } from '../artifacts/index.ts';
import type { BootOptions } from '../harness/boot.ts';
import type { ArtifactProvider } from '../model/artifact.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { GuestNeeds } from './define.ts';

/** What a run sets otherwise than the profile, for every guest (`bringup run --kernel FILE ...`). */
export interface GuestOverrides {
  readonly kernel?: string | undefined;
  /** In place of the standard userland; guests whose init is a probe keep it. */
  readonly initramfs?: string | undefined;
  readonly append?: readonly string[] | undefined;
  readonly vcpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly qemuArgs?: readonly string[] | undefined;
}

export interface Guest {
  /** The profile as this guest has it. */
  readonly profile: KernelProfile;
  readonly options: Pick<BootOptions, 'kernel' | 'initramfs' | 'append' | 'qemuArgs'>;
}

/** The guest for a check: what the check needs goes before what the run sets, and that before the profile. */
export function guestFor(needs: GuestNeeds, profile: KernelProfile, overrides: GuestOverrides): Guest {
  const isProbe = needs.init !== 'shell';
  const initramfs: string | ArtifactProvider | undefined = isProbe ? probeInitramfs(needs.init.probe) : overrides.initramfs;
  const vcpus = needs.vcpus ?? overrides.vcpus;
  const memoryMiB = needs.memoryMiB ?? overrides.memoryMiB;
  return {
    profile: {
      ...profile,
      ...(isProbe && { shellDialect: 'none' as const }),
      vcpus: vcpus ?? profile.vcpus,
      memoryMiB: memoryMiB ?? profile.memoryMiB,
    },
    options: {
      ...(overrides.kernel !== undefined && { kernel: overrides.kernel }),
      ...(initramfs !== undefined && { initramfs }),
      append: [...(overrides.append ?? []), ...(needs.append ?? [])],
      qemuArgs: overrides.qemuArgs ?? [],
    },
  };
}
