import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { whileCrowdedOut } from '../bench/crowded-out.ts';
import { type BootOptions, boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import type { Machine } from '../src/harness/machine.ts';
import { BringupError } from '../src/model/errors.ts';
import type { KernelProfile } from '../src/model/profile.ts';
import { bareKernel, kernelFolder } from './bare-kernel.ts';
import { impatient, impatientMs, patient, profileWith, withInit } from './broken-guest.ts';

vi.setConfig({ maxConcurrency: 2 });

let folder: Awaited<ReturnType<typeof kernelFolder>>;
beforeAll(async () => {
  folder = await kernelFolder();
});
afterAll(() => folder.remove());

/** A kernel of a few instructions is at its end long before. */
const bare = profileWith({ cmdline: [], capabilities: [], timeouts: { bootMs: impatientMs } });

interface Failed {
  readonly error: BringupError;
  readonly events: readonly HarnessEvent[];
}

/** What a guest came to, and what the record has of it. Nothing of the machine is left. */
async function failed(
  profile: KernelProfile,
  options: BootOptions,
  use: (machine: Machine) => Promise<unknown> = async () => {},
): Promise<Failed> {
  const events: HarnessEvent[] = [];
  let machine: Machine | undefined;
  try {
    machine = await boot(profile, { ...options, observe: (event) => events.push(event) });
    await use(machine);
  } catch (error) {
    if (error instanceof BringupError) return { error, events };
    throw error;
  } finally {
    await machine?.[Symbol.asyncDispose]();
  }
  throw new Error('expected the guest to fail, but it did not');
}

function diagnosisOf({ events }: Failed): Extract<HarnessEvent, { type: 'diagnosis' }> {
  const [only, ...others] = events.filter((event) => event.type === 'diagnosis');
  expect(others).toEqual([]);
  if (only === undefined) throw new Error('nothing was diagnosed');
  return only;
}

const never = /what never comes/;

describe.concurrent('a kernel', () => {
  const loop = 'mov x0, #0\nagain: add x0, x0, #1\n cbz x0, elsewhere\n b again\nelsewhere: b again';

  test.for([
    {
      does: 'jumps to where it is',
      code: 'b hang',
      verdict: 'stuck',
      words: /is stuck, busy without changing a register \(vCPU 0 in the kernel at 0x400800[0-9a-f]{2}\)$/,
    },
    {
      does: 'counts for ever',
      code: loop,
      verdict: 'spin',
      words: /silent for .* and spins \(vCPU 0 in the kernel at 0x400800[0-9a-f]{2}( to 0x400800[0-9a-f]{2})?\)$/,
    },
  ])('that $does hangs: $verdict', async ({ code, verdict, words }) => {
    const kernel = await bareKernel(code, folder.path);
    const outcome = await failed(bare, { kernel, until: 'start' }, async ({ console }) => {
      await console.expect(/boots/, { timeoutMs: impatientMs });
      await console.expect(never, { timeoutMs: 3_000 });
    });
    expect(outcome.error).toMatchObject({ code: 'expect-timeout', failureCause: 'guest-hang' });
    expect(outcome.error.shortMessage).toMatch(words);
    expect(diagnosisOf(outcome)).toMatchObject({
      error: 'expect-timeout',
      verdict,
      cause: 'guest-hang',
      qemu: 'running',
      bytesMeanwhile: 0,
      disks: { reads: 0, writes: 0, flushes: 0 },
      vcpus: [{ index: 0, isMoving: verdict === 'spin' }],
    });
    expect(diagnosisOf(outcome).vcpus[0]?.places.length).toBeGreaterThanOrEqual(8);
  });

  test('that waits for interrupts that it masked hangs in its boot: idle', async () => {
    const outcome = await failed(bare, { kernel: await bareKernel('again: wfi\n b again', folder.path) });
    expect(outcome.error).toMatchObject({ code: 'boot-timeout', failureCause: 'guest-hang' });
    expect(outcome.error.shortMessage).toMatch(/the guest is idle and shows no prompt$/);
    expect(diagnosisOf(outcome)).toMatchObject({ verdict: 'idle', vcpus: [{ isMoving: false }] });
  });
});

describe.concurrent('Linux', () => {
  // A builtin for the pause: of the host it wants so little that none starves it.
  const ticks = 'while :; do echo tick; read -t 0.2 nothing; done';

  test('that prints for ever is slow, in its boot', async () => {
    const outcome = await failed(impatient, { initramfs: withInit(`#!/bin/sh\n${ticks}\n`) });
    expect(outcome.error).toMatchObject({ code: 'boot-timeout', failureCause: 'guest-slow' });
    expect(outcome.error.shortMessage).toMatch(/: the guest still prints$/);
    expect(diagnosisOf(outcome)).toMatchObject({ verdict: 'working', cause: 'guest-slow' });
    expect(
      outcome.events.some(({ type }) => type === 'backtraces'),
      'it does not hang',
    ).toBe(false);
  });

  test('that prints for ever is slow, when something else is waited for', async () => {
    const outcome = await failed(patient, {}, async ({ console }) => {
      await console.send(`${ticks}\n`);
      await console.expect(never, { timeoutMs: 5_000 });
    });
    expect(outcome.error).toMatchObject({ code: 'expect-timeout', failureCause: 'guest-slow' });
    expect(diagnosisOf(outcome)).toMatchObject({ verdict: 'working' });
  });

  test('that works on its disk is slow, though it is silent', async () => {
    const image = join(folder.path, 'disk.img');
    await writeFile(image, '');
    await truncate(image, 64 * 1024 * 1024);
    // The kernel has NVMe's driver, of virtio's only a module; and a slow disk keeps no CPU busy.
    const drive = `if=none,id=d,driver=raw,file.driver=file,file.filename=${image},throttling.iops-total=20`;
    const qemuArgs = ['-drive', drive, '-device', 'nvme,serial=1,drive=d'];
    const outcome = await failed(patient, { qemuArgs }, async ({ console }) => {
      await console.send('dd if=/dev/nvme0n1 of=/dev/null bs=4k iflag=direct\n');
      await console.expect(never, { timeoutMs: 5_000 });
    });
    expect(outcome.error).toMatchObject({ code: 'expect-timeout', failureCause: 'guest-slow' });
    expect(outcome.error.shortMessage).toMatch(/: the guest is at work on its disks \(\d+ reads, 0 writes, 0 flushes in \d\.\d s\)$/);
  });

  test('that a program keeps busy tells its backtraces, which are no crash', async () => {
    const { error, events } = await failed(impatient, { initramfs: withInit('#!/bin/sh\nwhile :; do :; done\n') });
    expect(error.failureCause).toBe('guest-hang');
    expect(error.shortMessage).toMatch(/spins \(vCPU 0 in (kernel and )?user space at 0x/);
    const [asked, ...others] = events.filter((event) => event.type === 'backtraces');
    expect(others).toEqual([]);
    expect(asked).toMatchObject({
      isAnswered: true,
      // Of the task that the key found on the CPU: a thread of the kernel's, at times.
      text: expect.stringMatching(/sysrq: Show backtrace of all active CPUs[\s\S]*PID: (1 Comm: init|\d+ Comm: k)/),
    });
    expect(asked?.text.length).toBeLessThanOrEqual(16_000);
    expect(events.filter(({ type }) => type === 'crash')).toEqual([]);
  });

  test('that spins with interrupts masked is stuck, and does not answer', async () => {
    const events: HarnessEvent[] = [];
    await using machine = await boot(patient, { gdbstub: true, observe: (event) => events.push(event) });
    {
      await using guest = await machine.gdb.interrupt();
      const pc = await guest.readRegister('pc');
      await guest.writeRegister('cpsr', (await guest.readRegister('cpsr')) | 0x3c0n);
      // b .
      await guest.writeMemory(pc, Buffer.from([0, 0, 0, 0x14]));
    }
    const error = await machine.console.expect(never, { timeoutMs: 5_000 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'expect-timeout', failureCause: 'guest-hang', verdict: 'stuck' });
    expect((error as Error).message).toMatch(/\(vCPU 0 in the kernel at 0xffff/);
    await machine.recordBacktraces();
    expect(events.at(-1)).toEqual({ type: 'backtraces', machine: 'machine', isAnswered: false, text: '' });
  });
});

describe('a QEMU that the host starves', () => {
  /** Gives the process a twelfth of the time, until the body ends. */
  async function seldomRunning<T>(pid: number, body: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const cycle = (async () => {
      while (!over.signal.aborted) {
        process.kill(pid, 'SIGSTOP');
        await sleep(1_100);
        process.kill(pid, 'SIGCONT');
        await sleep(100);
      }
    })();
    try {
      return await body();
    } finally {
      over.abort();
      await cycle;
    }
  }

  test('since something stops it most of the time: MISS, though its guest prints', async () => {
    const outcome = await failed(patient, {}, async ({ console, pid }) => {
      await console.send('while :; do echo tick; done\n');
      await seldomRunning(pid, () => console.expect(never, { timeoutMs: 10_000 }));
    });
    expect(outcome.error).toMatchObject({ code: 'expect-timeout', failureCause: 'host-overload' });
    expect(outcome.error.shortMessage).toMatch(/but the host kept \d+ % of 1\d\.\d s from it \(.*QEMU stopped \d\d %/);
    expect(diagnosisOf(outcome)).toMatchObject({ verdict: 'starved', cause: 'host-overload' });
  });

  test('since others have its CPU: MISS, though its guest gets nowhere', async () => {
    const outcome = await failed(patient, {}, async ({ console, pid }) => {
      await console.send('while :; do :; done\n');
      await whileCrowdedOut(pid, () => console.expect(never, { timeoutMs: 3_000 }));
    });
    expect(outcome.error).toMatchObject({ failureCause: 'host-overload' });
    expect(outcome.error.shortMessage).toMatch(/but the host kept \d+ % of \d+\.\d s from it \(waiting for a CPU \d+ %/);
  });
});
