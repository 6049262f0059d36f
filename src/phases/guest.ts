import { probeInitramfs } from '../artifacts/index.ts';
import type { BootOptions } from '../harness/boot.ts';
import type { ArtifactProvider } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
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
  if (!isProbe) requireShell(profile);
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

/**
 * Refuses a profile whose guest has no shell, for checks that need one: without this a machine that was only started would count
 * as booted to its prompt.
 * @throws BringupError `usage`
 */
export function requireShell({ id, shellDialect }: KernelProfile): void {
  if (shellDialect !== 'none') return;
  throw new BringupError('usage', `the check needs a guest with a shell, and profile ${id} says shellDialect "none"`, {
    hint: 'run phases that need none (a0), or give the profile an initramfs with a shell, its prompt and a shellDialect.',
  });
}
