import { test as base, vi } from 'vitest';
import { loadProfile } from '../../kernel/load-profile.ts';
import type { Machine } from '../harness/machine.ts';
import type { KernelProfile } from '../model/profile.ts';
import { judge } from '../phases/verdict.ts';
import { FileMachines } from './file-machines.ts';

/** The boot before the first fork takes longer than vitest's 5 s on a loaded host. */
const testTimeoutMs = 120_000;
vi.setConfig({ testTimeout: testTimeoutMs });

/**
 * Vitest's `test` with a fresh machine for each test that asks for one:
 * `profile` (`BRINGUP_PROFILE`, an id or a file; default `linux-arm64`; change it with `test.override('profile', mine)`), `machine`
 * (a fork of one that was booted to its prompt before; booted itself where its guest can't be forked), its `shell` and its `console`,
 * `sharedMachine` (one for the file), `snapshot` (to make more forks), `lab` (machines on networks of their own; what is left to chance there
 * depends on `labSeed`). A test that asks for none boots nothing. A crash, a power-off or a
 * reset of the guest fails the test, whatever its assertions say, unless the test waited for that end with `machine.endsBy`. With
 * `BRINGUP_KEEP_FAILED=1` the machines of tests that failed outlive them, for `bringup attach`, and their file ends when they were ended.
 */
export const test = base
  .extend('profile', async (): Promise<KernelProfile> => loadProfile(process.env.BRINGUP_PROFILE ?? 'linux-arm64'))
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of other fixtures off the pattern.
  .extend('machines', { scope: 'file' }, async ({}, { onCleanup }) => {
    const machines = new FileMachines();
    onCleanup(() => machines[Symbol.asyncDispose]());
    return machines;
  })
  .extend('snapshot', ({ machines, profile }) => machines.snapshot(profile))
  .extend('machine', async ({ machines, profile, signal, task }, { onCleanup }) => {
    const machine = await machines.fresh(profile, task, signal);
    onCleanup(async () => {
      const unsound = await unsoundness(machine);
      await machines.putAway(machine, unsound ?? task.result?.errors?.[0], task);
      if (unsound) throw unsound;
    });
    return machine;
  })
  .extend('sharedMachine', async ({ machines, profile, task }, { onCleanup }) => {
    const machine = await machines.shared(profile, task);
    onCleanup(async () => {
      const unsound = await unsoundness(machine);
      const error = unsound ?? task.result?.errors?.[0];
      if (error !== undefined) machines.noteFailure(machine, error, task);
      if (unsound) throw unsound;
    });
    return machine;
  })
  .extend('labSeed', 0)
  .extend('lab', async ({ machines, profile, labSeed, task }, { onCleanup }) => {
    const lab = machines.lab(profile, labSeed);
    onCleanup(async () => {
      const unsound = await Promise.all(Array.from(lab.machines.values(), unsoundness));
      const error = unsound.find((each) => each !== undefined);
      await machines.putLabAway(lab, error ?? task.result?.errors?.[0], task);
      if (error) throw error;
    });
    return lab;
  })
  .extend('shell', ({ machine }) => machine.shell)
  .extend('console', ({ machine }) => machine.console);

/** An error where the guest crashed or ended, or its kernel reported something. */
async function unsoundness(machine: Machine): Promise<Error | undefined> {
  const { cause, message, hint } = await judge(machine, undefined);
  if (cause === null) return undefined;
  const report = machine.crashes[0]?.text ?? machine.console.tail();
  const error = new Error(`${cause}: ${message}${hint === null ? '' : `\nWhat to do: ${hint}`}\n${report}`);
  return Object.assign(error, { failureCause: cause, shortMessage: message });
}
