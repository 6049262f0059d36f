import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { linuxArm64 } from '../kernel/linux-arm64/profile.ts';
import { type CheckBody, check, definePhase } from '../src/phases/define.ts';
import { type CheckResult, runCheck } from '../src/phases/run-check.ts';
import { impatientMs, patientMs, withInit } from './broken-guest.ts';

vi.setConfig({ maxConcurrency: 2 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-checks-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a check with this body; its budget is a test's limit away unless it is named. */
async function verdictOf(id: string, run: CheckBody, { budgetMs = patientMs, initramfs = '' } = {}): Promise<CheckResult> {
  const phase = definePhase({
    id: 'x',
    title: 'x',
    source: 'x',
    machine: { init: 'shell' },
    checks: [check(`x.${id}`, id, { budgetMs }, run)],
  });
  const [only] = phase.checks;
  if (only === undefined) throw new Error('no check');
  const overrides = initramfs === '' ? {} : { initramfs };
  return runCheck(only, { profile: linuxArm64, overrides, record: () => {}, consoleLogPath: join(folder, id), machineId: 'machine' });
}

describe.concurrent('the verdict of a check', () => {
  test('whose guest hangs in its boot is guest-hang, though the budget ends no later', async () => {
    const { path } = await withInit('#!/bin/sh\nwhile :; do :; done\n')();
    const verdict = await verdictOf('hang', async () => {}, { budgetMs: impatientMs, initramfs: path });
    expect(verdict).toMatchObject({ outcome: 'FAIL', cause: 'guest-hang', hint: expect.stringContaining('look the address up') });
    expect(verdict.message).toMatch(/spins \(vCPU 0 in .*at 0x/);
  });

  test('whose QEMU is killed is MISS, whatever the check makes of it', async () => {
    const verdict = await verdictOf('killed', async ({ shell, machine }) => {
      const running = shell.run('sleep 600').then(
        () => 'ended',
        () => 'failed',
      );
      process.kill(machine.pid, 'SIGKILL');
      expect(await running).toBe('ended');
    });
    expect(verdict).toMatchObject({ outcome: 'MISS', cause: 'qemu-exit', hint: expect.stringContaining('OOM killer') });
  });

  test('whose guest powers itself off at its end, unasked, is FAIL', async () => {
    const verdict = await verdictOf('exit', async ({ console, machine }) => {
      await console.send('poweroff -f\n');
      await machine.exited;
    });
    expect(verdict).toMatchObject({ outcome: 'FAIL', cause: 'guest-exit', message: 'the guest powered itself off' });
  });

  test('whose guest reboots as it should is PASS', async () => {
    const verdict = await verdictOf('reboot', async ({ console, machine }) => {
      await console.send('reboot -f\n');
      await machine.endsBy('guest-reset', { timeoutMs: patientMs });
    });
    expect(verdict).toMatchObject({ outcome: 'PASS', cause: null });
  });

  test('that ends while the guest prints a crash is guest-crash', async () => {
    const verdict = await verdictOf('crash', async ({ console }) => {
      const firstLine = new Promise<void>((resolve) => console.onLine(({ text }) => text.includes('Kernel panic') && resolve()));
      await console.send('echo c > /proc/sysrq-trigger\n');
      await firstLine;
    });
    expect(verdict).toMatchObject({ outcome: 'FAIL', cause: 'guest-crash', message: 'the guest crashed: panic: sysrq triggered crash' });
  });

  test('whose guest’s kernel warns last of all is FAIL, though no line ends the report', async () => {
    const verdict = await verdictOf(
      'warning',
      async ({ shell }) => void (await shell.run('echo "<0>WARNING: CPU: 0 PID: 1 at a/b.c:12 foo+0x1/0x2" > /dev/kmsg')),
    );
    expect(verdict).toMatchObject({ outcome: 'FAIL', cause: 'guest-crash', message: 'the kernel log has a report: WARNING in foo' });
  });

  test('whose guest’s kernel reports a stall that a starved host may have brought about is MISS', async () => {
    const verdict = await verdictOf('stall', async ({ shell, machine }) => {
      process.kill(machine.pid, 'SIGSTOP');
      await sleep(11_000);
      process.kill(machine.pid, 'SIGCONT');
      await shell.run('echo "<0>watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:1]" > /dev/kmsg');
    });
    expect(verdict).toMatchObject({ outcome: 'MISS', cause: 'host-overload' });
    expect(verdict.message).toMatch(/^the kernel reported a stall: .*soft lockup.*, but the host kept \d+ % of (?:[2-9](?:\.\d+)?|10) s from it$/);
  });

  test('that waits for nothing is the test’s own fault', async () => {
    const verdict = await verdictOf(
      'waits-for-nothing',
      async ({ console }) => void (await console.expect('what was not asked for', { timeoutMs: patientMs })),
      { budgetMs: impatientMs },
    );
    expect(verdict).toMatchObject({ outcome: 'ERROR', cause: 'broken-test' });
    expect(verdict.message).toMatch(/did not end within its budget .*the guest is idle and waits at "\/ # "$/);
  });

  test('that never ends, on a guest that answers, says so when its budget is spent', async () => {
    const verdict = await verdictOf(
      'endless',
      async ({ shell }) => void (await shell.run('while :; do echo alive; read -t 0.2 nothing; done', { timeoutMs: patientMs })),
      {
        budgetMs: impatientMs,
      },
    );
    expect(verdict).toMatchObject({ outcome: 'FAIL', cause: 'guest-slow' });
    expect(verdict.message).toMatch(/did not end within its budget of \d+ ms .*the guest still prints$/);
  });
});
