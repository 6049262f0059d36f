import { probeInitramfs, withPrograms, withScript } from '../artifacts/index.ts';
import type { BootOptions } from '../harness/boot.ts';
import type { NetworkOptions } from '../harness/devices/network.ts';
import { provideArtifact } from '../harness/provide.ts';
import type { ArtifactProvider } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { GuestNeeds, MachineNeeds } from './define.ts';
import type { GuestChange } from './guest-change.ts';

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
  readonly options: Pick<
    BootOptions,
    'kernel' | 'append' | 'qemuArgs' | 'gdbstub' | 'disks' | 'networks' | 'hotplugPorts' | 'preparation' | 'virtualTime'
  > & { readonly initramfs?: ArtifactProvider };
}

/** The guest for a check: what the check needs goes before what the run sets, and that before the profile; a change comes on top. */
export function guestFor(needs: GuestNeeds, profile: KernelProfile, overrides: GuestOverrides, change: GuestChange = {}): Guest {
  if (hasUserland(needs)) requireShell(profile);
  const initramfs = initramfsFor(needs, profile, overrides, change);
  return {
    profile: {
      ...profile,
      ...(needs.init !== 'shell' && { shellDialect: 'none' as const }),
      machine: machineFor(needs, profile.machine),
      vcpus: needs.vcpus ?? overrides.vcpus ?? profile.vcpus,
      memoryMiB: needs.memoryMiB ?? overrides.memoryMiB ?? profile.memoryMiB,
    },
    options: {
      ...(overrides.kernel !== undefined && { kernel: overrides.kernel }),
      ...(initramfs !== undefined && { initramfs }),
      append: [...(overrides.append ?? []), ...(needs.append ?? []), ...(change.append ?? [])],
      qemuArgs: [...(overrides.qemuArgs ?? []), ...(change.qemuArgs ?? [])],
      ...((needs.gdbstub || change.gdbstub) && { gdbstub: true }),
      ...(needs.disks && { disks: change.disks?.(needs.disks) ?? needs.disks }),
      ...((needs.networks || needs.segments) && { networks: networksOf(needs) }),
      ...(needs.hotplugPorts !== undefined && { hotplugPorts: needs.hotplugPorts }),
      ...(needs.virtualTime && { virtualTime: needs.virtualTime }),
      ...(needs.preparation && { preparation: needs.preparation }),
    },
  };
}

function networksOf({ networks = [], segments = [] }: MachineNeeds): readonly NetworkOptions[] {
  return segments.length === 0 ? networks : segments.map(() => ({ kind: 'socket' }));
}

/** Whether the guest runs the profile's userland, by its prompt or by a script. */
export function hasUserland({ init }: GuestNeeds): boolean {
  return init === 'shell' || 'script' in init;
}

/** Undefined where the guest has none: its kernel brings its own userland. */
function initramfsFor(
  needs: GuestNeeds,
  profile: KernelProfile,
  overrides: GuestOverrides,
  change: GuestChange,
): ArtifactProvider | undefined {
  const base = userlandFor(needs, overrides.initramfs ?? profile.initramfs);
  if (change.initramfs === undefined || base === undefined) return base;
  return change.initramfs(base, needs.init === 'shell' ? 'shell' : 'probe');
}

function userlandFor(needs: GuestNeeds, source: string | ArtifactProvider | undefined): ArtifactProvider | undefined {
  if (needs.init === 'shell') return shellInitramfs(source, needs.programs);
  if ('probe' in needs.init) return probeInitramfs(needs.init.probe);
  return withScript(shellInitramfs(source, needs.init.programs), needs.init.script);
}

function shellInitramfs(source: string | ArtifactProvider | undefined, programs: readonly string[] = []): ArtifactProvider | undefined {
  const base: ArtifactProvider | undefined = source === undefined ? undefined : (options) => provideArtifact(source, 'initramfs', options);
  return programs.length === 0 ? base : withPrograms(base, programs);
}

function machineFor({ cpu, gicVersion }: MachineNeeds, machine: KernelProfile['machine']): KernelProfile['machine'] {
  const type = gicVersion === undefined ? machine.type : `${machine.type.replace(/,gic-version=[^,]*/, '')},gic-version=${gicVersion}`;
  return { ...machine, type, cpu: cpu ?? machine.cpu };
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
