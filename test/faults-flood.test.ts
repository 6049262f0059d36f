import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot } from '../src/harness/boot.ts';
import { bareKernel, kernelFolder } from './bare-kernel.ts';
import { failureOf, impatientMs, patient, patientMs, profileWith } from './broken-guest.ts';
import { collectGarbage } from './collect-garbage.ts';

let folder: Awaited<ReturnType<typeof kernelFolder>>;
beforeAll(async () => {
  folder = await kernelFolder();
});
afterAll(() => folder.remove());

/** A guest that prints is alive; on a host that kept most of the time from it, nothing more can be said. */
const aliveOn = expect.stringMatching(/^(?:guest-slow|host-overload)$/);

/** Either way it was seen to print. */
const seenToPrint = expect.stringMatching(/: the guest still prints(?:, but the host kept \d+ % of .*)?$/);

/** What is held of a flood besides the window: 10,000 short lines of a reader that reads none. */
const heldBytes = 48 << 20;
const floodBytes = 1_000_000;

function memoryBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('an endless flood on the console: memory is bounded, and everything else is served meanwhile', async () => {
  await using machine = await boot(patient);
  const { console, qmp, shell } = machine;
  const reader = console.lines();
  const before = { bytes: console.bytesReceived, memory: memoryBytes() };
  const flood = shell.run('yes "a line of the flood"', { timeoutMs: patientMs });
  flood.catch(() => {});
  while (console.bytesReceived - before.bytes < floodBytes) {
    await console.expect(/flood\n/, { timeoutMs: patientMs });
    expect(await qmp.execute('query-status', {}, { timeoutMs: patientMs })).toMatchObject({ status: 'running' });
  }
  expect(reader.dropped).toBeGreaterThan(0);
  expect(memoryBytes() - before.memory).toBeLessThan(heldBytes);
  await using other = await boot(patient);
  expect(await other.shell.run('echo served')).toMatchObject({ output: 'served' });
});

test('a kernel that prints for ever is slow, and never a hang', async () => {
  const kernel = await bareKernel('again:\n print idles\n b again', folder.path);
  const error = await failureOf(profileWith({ bootMarkers: [], timeouts: { bootMs: impatientMs } }), { kernel });
  expect(error).toMatchObject({ code: 'boot-timeout', failureCause: aliveOn, shortMessage: seenToPrint });
});

test('a command that prints for ever is ended, and the shell is there again; a guest in its flood is alive', async () => {
  await using machine = await boot(patient);
  const endless = machine.shell.run('yes', { timeoutMs: 3_000 });
  await expect(endless).rejects.toMatchObject({ code: 'command-timeout' });
  expect(await machine.shell.run('echo on', { timeoutMs: patientMs })).toMatchObject({ output: 'on' });
  await machine.console.sendLine('yes');
  const never = machine.console.expect('what never comes', { timeoutMs: 2_000 });
  await expect(never).rejects.toMatchObject({ code: 'expect-timeout', failureCause: aliveOn, shortMessage: seenToPrint });
});
