import { expect, test } from 'vitest';
import { openConsole, rejection } from '../console/testing/fake-guest.ts';
import { acknowledgeMs, ShellLink } from './link.ts';

test('typing at a guest that reads no more ends in time', { timeout: 2 * acknowledgeMs }, async () => {
  const { guest, console } = openConsole();
  const link = new ShellLink({ console, machineConsole: console }, { maxLineBytes: 1_000, pacing: { mode: 'none' } });
  const { signal } = new AbortController();
  await link.type('echo one', signal);
  expect(guest.received).toBe('echo one\n');
  guest.isDeaf = true;
  const first = rejection(link.type('echo two', signal));
  const second = rejection(link.type('echo three', signal));
  expect(await first).toMatchObject({ code: 'machine-broken', shortMessage: expect.stringContaining('none of its console’s input') });
  expect(await second).toMatchObject({ code: 'machine-broken' });
  await console[Symbol.asyncDispose]();
});
