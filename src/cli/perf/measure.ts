import { boot } from '../../harness/boot.ts';
import { qemuPrograms } from '../../harness/qemu-argv.ts';
import { measureSlowness, slowed, slowedProfile } from '../../harness/time/slowness.ts';
import { BringupError } from '../../model/errors.ts';
import type { Figures } from '../../model/figures.ts';
import { figuresGuest, figuresPrograms, nsPerInstruction, readFigures } from '../../phases/figures.ts';
import { guestFor } from '../../phases/guest.ts';
import { plural } from '../../reporters/index.ts';
import { prepare } from '../run/prepare.ts';
import { qemuVersion } from '../run/provenance.ts';
import type { PerfRequest } from './request.ts';

/** Boots a machine for each number of vCPUs, one after the other, and takes its figures. */
export async function measure(
  { profile, overrides }: Pick<PerfRequest, 'profile' | 'overrides'>,
  vcpus: readonly number[],
  onProgress: (message: string) => void,
): Promise<Figures> {
  const { kernel, initramfs } = await prepare(profile, overrides, onProgress);
  if (initramfs === undefined)
    throw new BringupError('usage', `profile ${profile.id} has no initramfs: figures need a guest with a shell`, {
      hint: 'give it one, or name it with --initramfs.',
    });
  const slowness = measureSlowness();
  const figures: Figures['figures'] = {};
  for (const count of vcpus) {
    onProgress(`measuring with ${plural(count, 'vCPU')}`);
    figures[count] = await measureOne(profile, overrides, count, slowness);
  }
  const guest = guestFor(figuresGuest, profile, overrides);
  const named = ({ version, sha256 }: typeof kernel) => ({ ...(version !== undefined && { version }), sha256 });
  const { machine, memoryMiB, cmdline } = guest.profile;
  return {
    v: 1,
    conditions: {
      profile: profile.id,
      qemu: (await qemuVersion(qemuPrograms[profile.arch])).replace(/ .*/, ''),
      machine: machine.type,
      cpu: machine.cpu,
      memoryMiB,
      nsPerInstruction,
      qemuArgs: machine.qemuArgs.join(' '),
      programs: (await figuresPrograms({ onProgress })).sha256,
      cmdline: [...cmdline, ...(guest.options.append ?? [])].join(' '),
    },
    guest: { kernel: named(kernel), initramfs: named(initramfs) },
    figures,
  };
}

async function measureOne(
  profile: PerfRequest['profile'],
  overrides: PerfRequest['overrides'],
  vcpus: number,
  slowness: number,
): Promise<Record<string, number>> {
  const guest = guestFor({ ...figuresGuest, vcpus }, slowedProfile(profile, slowness), overrides);
  const machine = await boot(guest.profile, guest.options);
  const within = (ms: number) => ({ timeoutMs: slowed(ms, slowness), signal: new AbortController().signal });
  try {
    return Object.fromEntries(await readFigures({ console: machine.console, machine, within }));
  } catch (error) {
    if (error instanceof BringupError) throw error;
    throw new BringupError('guest-exit', `no figures with ${vcpus} vCPUs: ${(error as Error).message}`, {
      consoleTail: machine.console.tail(),
      failureCause: 'assertion',
    });
  } finally {
    await machine[Symbol.asyncDispose]();
  }
}
