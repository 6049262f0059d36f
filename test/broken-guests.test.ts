import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { standardInitramfs } from '../src/artifacts/index.ts';
import { outcomeOfCause } from '../src/model/outcome.ts';
import { failureOf, impatient, impatientMs, patient, patientMs, profileWith, wholePanic, withInit } from './broken-guest.ts';

vi.setConfig({ maxConcurrency: 2 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-broken-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.concurrent('a broken guest', () => {
  test('without an init has crashed', async () => {
    const error = await failureOf(patient, { initramfs: standardInitramfs({ remove: ['sbin/init'] }) });
    expect(error).toMatchObject({ code: 'guest-crash', failureCause: 'guest-crash', exitCode: 1 });
    expect(error.shortMessage).toBe('the guest crashed: panic: VFS: Unable to mount root fs');
    expect(error.hint).toContain('is rdinit= the path of a program in it?');
    expect(error.consoleTail).toMatch(wholePanic);
  });

  test('with an init that can’t be run, and no other, has crashed', async () => {
    const error = await failureOf(patient, { initramfs: withInit('no program\n', { remove: ['bin/sh', 'bin/init', 'etc/init'] }) });
    expect(error.failureCause).toBe('guest-crash');
    expect(error.shortMessage).toBe('the guest crashed: panic: No working init found');
    expect(error.hint).toContain('is there an executable init for this architecture in the initramfs');
    expect(error.hint).toContain('“Failed to execute /sbin/init (error -8)”');
    expect(error.consoleTail).toMatch(wholePanic);
  });

  test('whose init exits has crashed, and PID 1’s exit status is told', async () => {
    const error = await failureOf(patient, { initramfs: withInit('#!/bin/sh\necho no room for the state\nexit 3\n') });
    expect(error.failureCause).toBe('guest-crash');
    expect(error.shortMessage).toBe('the guest crashed: panic: Attempted to kill init! exitcode=0x00000300');
    expect(error.hint).toBe('PID 1 exited with status 3; an init must never end.');
    expect(error.consoleTail, 'its last words').toContain('no room for the state\n');
    expect(error.consoleTail).toMatch(wholePanic);
  });

  test('whose init spins hangs, and the loop’s address is told', async () => {
    const error = await failureOf(impatient, { initramfs: withInit('#!/bin/sh\nwhile :; do :; done\n') });
    expect(error).toMatchObject({ code: 'boot-timeout', failureCause: 'guest-hang', exitCode: 1 });
    expect(error.shortMessage).toContain(`no prompt (${impatient.prompt}) within ${impatientMs} ms of the start (last marker "init"`);
    expect(error.shortMessage).toMatch(
      /silent for \d+\.\d s and spins \(vCPU 0 in (?:kernel and )?user space at 0x[0-9a-f]+ to 0x[0-9a-f]+\)$/,
    );
    expect(error.hint).toContain('look the address up');
    expect(error.consoleTail).toContain('Run /sbin/init as init process');
  });

  test('whose console= names no line of the machine hangs, and the parameter is named', async () => {
    const cmdline = ['console=ttyS9', 'earlycon', 'rdinit=/sbin/init'];
    const error = await failureOf(profileWith({ cmdline, timeouts: { bootMs: impatientMs } }), {});
    expect(error).toMatchObject({ code: 'boot-timeout', failureCause: 'guest-hang' });
    expect(error.shortMessage).toContain('the guest is idle and shows no prompt');
    expect(error.hint).toContain('“Warning: unable to open an initial console”: no console= names a line that the machine has');
    expect(error.consoleTail, 'the early console showed the kernel’s log').toContain('Run /sbin/init as init process');
  });

  test('that prints nothing at all hangs, and console= is named', async () => {
    const error = await failureOf(profileWith({ cmdline: ['console=ttyS9', 'rdinit=/sbin/init'], timeouts: { bootMs: impatientMs } }), {});
    expect(error).toMatchObject({ code: 'boot-timeout', failureCause: 'guest-hang' });
    expect(error.shortMessage).toContain('(0 lines, 0 bytes; QEMU running');
    expect(error.shortMessage).toContain('the guest printed nothing at all');
    expect(error.hint).toContain('check that the kernel’s console= names the machine’s serial line');
  });

  test('with another prompt than the profile’s is no hang: the prompt it shows is told', async () => {
    const error = await failureOf(profileWith({ prompt: /login: $/, timeouts: { bootMs: impatientMs } }), {});
    expect(error).toMatchObject({ code: 'boot-timeout', failureCause: 'assertion' });
    expect(error.shortMessage).toContain('no prompt (/login: $/)');
    expect(error.shortMessage).toContain('the guest is idle and waits at "/ # "');
    expect(error.hint).toBe('if that is the guest’s prompt, set the profile’s `prompt` to match it.');
    expect(error.consoleTail).toMatch(/\/ # $/);
  });

  test.for([{ gzip: false }, { gzip: true }])('with an initramfs that was cut short ($gzip) has crashed', async ({ gzip }) => {
    const whole = await readFile((await standardInitramfs({ gzip })()).path);
    const initramfs = join(folder, `cut-short-${gzip}`);
    await writeFile(initramfs, whole.subarray(0, whole.length / 2));
    const error = await failureOf(patient, { initramfs });
    expect(error.failureCause).toBe('guest-crash');
    expect(error.shortMessage).toBe('the guest crashed: panic: VFS: Unable to mount root fs');
    expect(error.hint).toContain('is the initramfs given, whole');
    // Of an archive that is not compressed, Linux does not miss the rest.
    if (gzip) expect(error.hint).toMatch(/“Initramfs unpacking failed: .*”: the initramfs is damaged or cut short/);
    expect(error.consoleTail).toMatch(wholePanic);
  });

  test('whose kernel is none is not started: that is the configuration’s fault', async () => {
    const kernel = join(folder, 'not-a-kernel');
    await writeFile(kernel, '<html>404 Not Found</html>');
    const error = await failureOf(patient, { kernel });
    expect(error).toMatchObject({ code: 'image-invalid', failureCause: 'broken-test', exitCode: 2 });
    expect(outcomeOfCause[error.failureCause]).toBe('ERROR');
    expect(error.shortMessage).toBe(
      'kernel not-a-kernel: not a kernel image for aarch64; it begins with 3c 68 74 6d 6c 3e 34 30 ("<html>40")',
    );
    expect(error.hint).toContain('give an arm64 Image');
  });

  test('with too little memory for the kernel’s file is refused by QEMU, whose words are told', async () => {
    const error = await failureOf(patient, { memoryMiB: 16 });
    expect(error).toMatchObject({ code: 'qemu-start-failed', failureCause: 'harness-fault', exitCode: 3 });
    expect(error.shortMessage).toMatch(/kernel 'vmlinuz' is too large to fit in RAM \(kernel size \d+, RAM size 16777216\)$/);
    expect(error.hint).toContain('memoryMiB');
  });

  test.for([36, 48])('with too little memory for the kernel’s own needs (%i MiB) has crashed', async (memoryMiB) => {
    const error = await failureOf(patient, { memoryMiB });
    expect(error.failureCause).toBe('guest-crash');
    // Which of its allocations fails first, and how it takes that, differs between builds.
    expect(error.shortMessage).toMatch(/^the guest crashed: (?:panic: |Unable to handle kernel )/);
    expect(error.hint).toMatch(/give the machine more( memory)? \(the profile’s memoryMiB, or --memory\)/);
    expect(error.consoleTail).toContain('Call trace:');
  });

  test('that reboots has rebooted unexpectedly', async () => {
    const error = await failureOf(patient, {}, async ({ console }) => {
      await console.send('reboot -f\n');
      await console.expect(/what never comes/, { timeoutMs: patientMs });
    });
    expect(error).toMatchObject({ code: 'unexpected-reboot', failureCause: 'unexpected-reboot', exitCode: 1 });
    expect(error.shortMessage).toBe('the guest reset itself');
    expect(error.hint).toContain('look in the console at what ran last');
    expect(error.consoleTail).toMatch(/\/ # reboot -f\n[\s\S]*reboot: Restarting system/);
  });

  test('whose QEMU is killed is not to blame: MISS, never FAIL', async () => {
    const error = await failureOf(patient, {}, async ({ console, pid }) => {
      const waiting = console.expect(/what never comes/, { timeoutMs: patientMs });
      process.kill(pid, 'SIGKILL');
      await waiting;
    });
    expect(error).toMatchObject({ code: 'qemu-exit', failureCause: 'qemu-exit', exitCode: 3 });
    expect(outcomeOfCause[error.failureCause]).toBe('MISS');
    expect(error.shortMessage).toBe('QEMU ended by signal SIGKILL and the guest had not asked for it');
    expect(error.hint).toContain('OOM killer');
    expect(error.consoleTail).toMatch(/\/ # $/);
  });
});
