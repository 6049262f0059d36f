import { expect } from 'vitest';
import { linuxArm64 } from '../kernel/linux-arm64/profile.ts';
import { file, type StandardInitramfsOptions, standardInitramfs } from '../src/artifacts/index.ts';
import { type BootOptions, boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import type { Machine } from '../src/harness/machine.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';
import { BringupError } from '../src/model/errors.ts';
import { defineKernelProfile, type KernelProfile, type KernelProfileInput } from '../src/model/profile.ts';

/** Far beyond a test's own limit: a wait with this deadline that ends was ended by something else. */
export const patientMs = 600_000;

/** Time in which a guest boots, silence after it included, where it has this host for itself: for faults that show only when time is up. */
export const impatientMs = 4_000 + 4 * (await bootMs());

async function bootMs(): Promise<number> {
  const startedAtMs = performance.now();
  const machine = await boot(linuxArm64);
  // Waits go on for what the host keeps from a guest.
  const keptMs = machine.console.hostKept?.(startedAtMs) ?? 0;
  const tookMs = performance.now() - startedAtMs;
  await machine[Symbol.asyncDispose]();
  return Math.round(tookMs - keptMs);
}

export function profileWith(fields: Omit<Partial<KernelProfileInput>, 'id' | 'extends'>): KernelProfile {
  return defineKernelProfile({ ...fields, id: 'broken', extends: linuxArm64 });
}

export const patient = profileWith({ timeouts: { bootMs: patientMs, commandMs: patientMs } });
export const impatient = profileWith({ timeouts: { bootMs: impatientMs } });

/** The standard initramfs with another /sbin/init. */
export function withInit(script: string, { overlay = [], remove = [] }: StandardInitramfsOptions = {}): ArtifactProvider {
  return standardInitramfs({ remove: ['sbin/init', ...remove], overlay: [file('sbin/init', script, 0o755), ...overlay] });
}

/** Boots a guest and does something with it; gives the error that one of them ended with. Nothing of the machine is left. */
export async function failureOf(
  profile: KernelProfile,
  options: BootOptions,
  use: (machine: Machine) => Promise<unknown> = async () => {},
): Promise<BringupError> {
  const events: HarnessEvent['type'][] = [];
  let machine: Machine | undefined;
  try {
    machine = await boot(profile, { ...options, observe: ({ type }) => events.push(type) });
    await use(machine);
  } catch (error) {
    if (error instanceof BringupError) return error;
    throw error;
  } finally {
    await machine?.[Symbol.asyncDispose]();
    expect(events.filter((type) => type === 'machine.exited')).toHaveLength(events.filter((type) => type === 'machine.started').length);
  }
  throw new Error('expected the guest to fail, but it did not');
}

/** Every panic's report on the reference kernel, from its call trace to its last line. */
export const wholePanic = /Call trace:\n[\s\S]*Memory Limit: /;
