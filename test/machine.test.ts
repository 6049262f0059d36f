import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import { defineKernelProfile } from '../src/model/profile.ts';

const patient = defineKernelProfile({ id: 'patient', extends: linuxArm64, timeouts: { shutdownMs: 20_000 } });
const impatient = defineKernelProfile({ id: 'impatient', extends: linuxArm64, timeouts: { shutdownMs: 2_000 } });

test.concurrent('a shutdown is the guest’s own where its shell can be asked', async () => {
  await using machine = await boot(patient);
  expect(await machine.shutdown()).toBe('guest');
  expect(await machine.exited).toMatchObject({ exitCode: 0, reason: 'guest-shutdown' });
  expect(machine.endExpected).toBe(true);
});

test.concurrent('a guest whose shell is busy is ended by QMP’s quit', async () => {
  await using machine = await boot(impatient);
  const busy = machine.shell.run('sleep 600', { timeoutMs: 600_000 });
  busy.catch(() => {});
  expect(await machine.shutdown()).toBe('qmp-quit');
  expect(await machine.exited).toMatchObject({ reason: 'host-qmp-quit' });
});

test.concurrent('a QEMU that is stopped is killed, and disposing it after that does nothing', async () => {
  await using machine = await boot(impatient);
  process.kill(machine.pid, 'SIGSTOP');
  const startedAtMs = performance.now();
  expect(await machine.shutdown()).toBe('killed');
  expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  expect(await machine.exited).toMatchObject({ signal: 'SIGKILL', reason: null });
  const disposal = machine[Symbol.asyncDispose]();
  expect(machine[Symbol.asyncDispose]()).toBe(disposal);
  await disposal;
});

test.concurrent('a QEMU that somebody kills meanwhile was not ended by its guest', async () => {
  await using machine = await boot(patient);
  const busy = machine.shell.run('sleep 600', { timeoutMs: 600_000 });
  busy.catch(() => {});
  const shutdown = machine.shutdown();
  process.kill(machine.pid, 'SIGKILL');
  expect(await shutdown).toBe('killed');
});

test.concurrent('a QEMU that refuses its arguments leaves them in the record, and its end', async () => {
  const events: HarnessEvent[] = [];
  const booting = boot(impatient, { qemuArgs: ['-bogus'], observe: (event) => events.push(event) });
  await expect(booting).rejects.toMatchObject({ code: 'qemu-start-failed' });
  expect(events).toMatchObject([
    { type: 'machine.started', argv: expect.arrayContaining(['-bogus']) },
    { type: 'machine.exited', exitCode: 1, reason: null, expected: false },
  ]);
});

test.concurrent('a console log that can’t be written is told', async () => {
  await using machine = await boot(linuxArm64, { until: 'start', consoleLogPath: '/dev/full' });
  await machine.console.expect(/Linux version/, { timeoutMs: 30_000 });
  await machine[Symbol.asyncDispose]();
  expect(machine.spoolError).toMatchObject({ code: 'ENOSPC' });
});
