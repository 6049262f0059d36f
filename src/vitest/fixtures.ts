import { test as base, vi } from 'vitest';
import { loadProfile } from '../../kernel/load-profile.ts';
import { boot } from '../harness/boot.ts';
import type { KernelProfile } from '../model/profile.ts';
import { judge } from '../phases/verdict.ts';

/** A boot takes longer than vitest's 5 s on a loaded host. */
const testTimeoutMs = 120_000;
vi.setConfig({ testTimeout: testTimeoutMs });

/**
 * Vitest's `test` with a booted machine for each test that asks for one:
 * `profile` (`BRINGUP_PROFILE`, an id or a file; default `linux-arm64`; change it with `test.override('profile', mine)`), `machine`,
 * its `shell` and its `console`. A test that asks for none boots nothing. A crash, a power-off or a reset of the guest fails
 * the test, whatever its assertions say, unless the test waited for that end with `machine.endsBy`.
 */
export const test = base
  .extend('profile', async (): Promise<KernelProfile> => loadProfile(process.env.BRINGUP_PROFILE ?? 'linux-arm64'))
  .extend('machine', async ({ profile, signal }, { onCleanup }) => {
    const machine = await boot(profile, { signal });
    onCleanup(async () => {
      const { cause, message, hint } = await judge(machine, undefined);
      await machine[Symbol.asyncDispose]();
      if (cause === null) return;
      const report = machine.crashes[0]?.text ?? machine.console.tail();
      throw new Error(`${cause}: ${message}${hint === null ? '' : `\nWhat to do: ${hint}`}\n${report}`);
    });
    return machine;
  })
  .extend('shell', ({ machine }) => machine.shell)
  .extend('console', ({ machine }) => machine.console);
