import { describe, expect, test, vi } from 'vitest';
import { outcomeOfCause } from '../src/model/outcome.ts';
import { failureOf, patient, patientMs, wholePanic, withInit } from './broken-guest.ts';

vi.setConfig({ maxConcurrency: 2 });

const never = { pattern: /what never comes/, timeoutMs: patientMs } as const;

describe.concurrent('a machine that ends while it is waited for', () => {
  test('by the guest’s own power-off: guest-exit', async () => {
    const error = await failureOf(patient, {}, ({ shell }) => shell.run('poweroff -f'));
    expect(error).toMatchObject({ code: 'guest-exit', failureCause: 'guest-exit', exitCode: 1 });
    expect(error.shortMessage).toBe('the guest powered itself off');
    expect(error.hint).toContain('machine.endsBy("guest-shutdown")');
    expect(error.consoleTail).toContain('reboot: Power down');
  });

  test('by a panic that resets it: a crash, no reboot', async () => {
    const error = await failureOf(patient, { append: ['panic=-1'] }, ({ shell }) => shell.run('echo c > /proc/sysrq-trigger'));
    expect(error).toMatchObject({ code: 'guest-crash', failureCause: 'guest-crash' });
    expect(error.shortMessage).toBe('the guest crashed: panic: sysrq triggered crash');
    expect(error.consoleTail, 'what came before the report').toContain('sysrq: Trigger a crash');
    expect(error.consoleTail).toMatch(wholePanic);
  });

  test('by a panic after which QEMU lives on: at once, with all of the report', async () => {
    const error = await failureOf(patient, { append: ['panic=0'], initramfs: withInit('#!/bin/sh\nkill -SEGV $$\nexit 9\n') });
    expect(error.failureCause).toBe('guest-crash');
    expect(error.hint).toBe('PID 1 exited with status 9; an init must never end.');
    expect(error.consoleTail).toMatch(wholePanic);
    expect(error.consoleTail).toMatch(/---\[ end Kernel panic - not syncing: .* \]---$/);
  });

  test('by a crash: what the guest prints after its first line fulfils no wait', async () => {
    const error = await failureOf(patient, { append: ['panic=0'] }, async ({ console }) => {
      await console.send('echo c > /proc/sysrq-trigger\n');
      await console.expect(/---\[ end Kernel panic/, never);
    });
    expect(error.failureCause).toBe('guest-crash');
    expect(error.consoleTail).toContain('---[ end Kernel panic');
  });

  test('by a QEMU that was asked to end from outside: MISS', async () => {
    const error = await failureOf(patient, {}, async ({ console, pid }) => {
      process.kill(pid, 'SIGTERM');
      await console.expect(never.pattern, never);
    });
    expect(error).toMatchObject({ code: 'qemu-exit', failureCause: 'qemu-exit' });
    expect(error.shortMessage).toContain('(host-signal)');
    expect(error.hint).toContain('somebody sent QEMU SIGTERM');
  });
});

describe.concurrent('a machine that the host fails', () => {
  test.for([
    { qemuArgs: ['-bogus'], words: '-bogus: invalid option' },
    { qemuArgs: ['-device', 'nonsense'], words: "'nonsense' is not a valid device model name" },
  ])('since QEMU refuses $qemuArgs: MISS, in QEMU’s words', async ({ qemuArgs, words }) => {
    const error = await failureOf(patient, { qemuArgs });
    expect(error).toMatchObject({ code: 'qemu-start-failed', failureCause: 'harness-fault', exitCode: 3 });
    expect(error.shortMessage).toContain(`QEMU ended before it ran the guest: qemu-system-aarch64: `);
    expect(error.shortMessage).toContain(words);
    expect(error.hint).toContain('--qemu-arg');
  });

  test('since its QEMU is stopped: MISS, no hang of the guest', async () => {
    const error = await failureOf(patient, {}, async ({ console, pid }) => {
      process.kill(pid, 'SIGSTOP');
      await console.expect(never.pattern, { timeoutMs: 200 });
    });
    expect(error).toMatchObject({ code: 'expect-timeout', failureCause: 'harness-fault' });
    expect(outcomeOfCause[error.failureCause]).toBe('MISS');
    expect(error.shortMessage).toMatch(/QEMU stopped.*\): QEMU itself does not answer: its process is stopped$/);
    expect(error.hint).toContain('SIGSTOP');
  });

  test('since its QEMU is stopped while a command runs: MISS, too', async () => {
    const error = await failureOf(patient, {}, async ({ console, shell, pid }) => {
      const running = shell.run("echo be''gun; sleep 600", { timeoutMs: 2_000 });
      running.catch(() => {});
      await console.expect(/begun\n/, { timeoutMs: patientMs });
      process.kill(pid, 'SIGSTOP');
      await running;
    });
    expect(error.failureCause).toBe('harness-fault');
  });

  test('since somebody paused its guest: MISS', async () => {
    const error = await failureOf(patient, {}, async ({ console, qmp }) => {
      await qmp.execute('stop');
      await console.expect(never.pattern, { timeoutMs: 200 });
    });
    expect(error.failureCause).toBe('harness-fault');
    expect(error.shortMessage).toContain('QEMU is in state paused');
  });
});
