import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { boot } from '../src/harness/boot.ts';
import { bareKernel } from './bare-kernel.ts';
import { failureOf, impatientMs, patient, patientMs, profileWith } from './broken-guest.ts';
import { processesNaming } from './processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-qemu-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

let names = 0;
/** Something to know a QEMU by. */
const newName = (): string => {
  names += 1;
  return `${folder.split('/').at(-1)}-${names}`;
};

/** A folder with a program that goes before the real one of that name, for `PATH`. */
async function inFrontOf(program: string, script: string): Promise<string> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  await writeFile(join(bin, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return `${bin}:${process.env.PATH}`;
}

test('a QEMU that is stopped before it says a word: MISS, in bounded time, and nothing is left', async () => {
  const name = newName();
  vi.stubEnv('PATH', await inFrontOf('setpriv', 'kill -STOP $$'));
  const startedAtMs = performance.now();
  const error = await failureOf(patient, { qemuArgs: ['-name', name] });
  expect(error).toMatchObject({ code: 'qmp-timeout', failureCause: 'harness-fault', exitCode: 3 });
  expect(performance.now() - startedAtMs).toBeLessThan(patientMs / 4);
  expect(await processesNaming(name)).toEqual([]);
});

test('a stage before QEMU that is killed is MISS, and no fault of its arguments', async () => {
  const name = newName();
  vi.stubEnv('PATH', await inFrontOf('setpriv', 'kill -KILL $$'));
  const error = await failureOf(patient, { qemuArgs: ['-name', name] });
  expect(error).toMatchObject({ code: 'qemu-exit', failureCause: 'qemu-exit', exitCode: 3 });
  expect(error.shortMessage).toContain('by signal SIGKILL');
  expect(await processesNaming(name)).toEqual([]);
});

test('a QEMU whose main loop is blocked does not answer: MISS, and it ends when it is told to', async () => {
  const fifo = join(folder, 'nobody-writes-here');
  await execa('mkfifo', [fifo]);
  // SYS_OPEN of a FIFO blocks QEMU itself (Arm, "Semihosting for AArch32 and AArch64", SYS_OPEN).
  const kernel = await bareKernel(
    ` movz x4, #0x2000, lsl #16
3: sub x4, x4, #1
 cbnz x4, 3b
 print idles
 mov w0, #1
 adr x1, block
 hlt #0xf000
 b hang
 .balign 8
block: .quad path, 0, ${fifo.length}
path: .asciz "${fifo}"
 .balign 8`,
    folder,
  );
  const blocked = profileWith({ bootMarkers: [], timeouts: { bootMs: 2 * impatientMs, shutdownMs: 2_000 } });
  const qemuArgs = ['-semihosting-config', 'enable=on,target=native'];
  const error = await failureOf(blocked, { kernel, qemuArgs });
  expect(error).toMatchObject({ failureCause: 'harness-fault' });
  expect(error.shortMessage).toMatch(/QEMU itself does not answer|no answer to/);

  await using machine = await boot(blocked, { kernel, qemuArgs, until: 'start' });
  await machine.console.expect(/IDLES/, { timeoutMs: patientMs });
  // What it says last is seen before it blocks.
  const answer = (): Promise<string> =>
    machine.qmp.execute('query-status', {}, { timeoutMs: 500 }).then(
      () => 'an answer',
      (thrown) => thrown.code,
    );
  await expect.poll(answer, { timeout: patientMs }).toBe('qmp-timeout');
  expect(await machine.shutdown()).toBe('killed');
});

test('a waiting QEMU that is killed, and one that is stopped, serve no fork, and do no harm', async () => {
  const name = newName();
  await using machine = await boot(patient, { snapshots: true, qemuArgs: ['-name', name] });
  const before = new Set(await processesNaming(`-name\0${name}`));
  await using snapshot = await machine.snapshot();
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    await snapshot.warmUp();
    const waiting = (await processesNaming(`-name\0${name}`)).filter((pid) => !before.has(pid));
    expect(waiting.length).toBeGreaterThan(0);
    for (const pid of waiting) process.kill(pid, signal);
    await using fork = await snapshot.fork();
    expect(waiting).not.toContain(fork.pid);
    expect(await fork.shell.run('echo forked')).toMatchObject({ output: 'forked', exitStatus: 0 });
    for (const pid of waiting) before.add(pid);
    before.add(fork.pid);
  }
});
