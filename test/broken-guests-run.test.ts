import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunEvent, RunEventOf } from '../src/model/index.ts';
import { readRecord } from '../src/reporters/index.ts';
import { impatientMs, wholePanic, withInit } from './broken-guest.ts';

vi.setConfig({ maxConcurrency: 2 });

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-broken-run-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the one check `a1.echo.hi` on a broken guest; reports go to a folder of its own. */
async function runBroken(name: string, ...options: string[]) {
  const out = join(folder, name);
  const argv = ['--conditions=bringup-source', cli, 'run', 'a1', '--grep', '^a1\\.echo\\.hi ', '--out', out, ...options];
  const env = { CI: 'true', GITHUB_ACTIONS: '' };
  const { exitCode, all, stderr } = await execa(process.execPath, argv, { reject: false, all: true, env });
  return { exitCode, all, stderr, out };
}

interface Reports {
  readonly events: readonly RunEvent[];
  readonly check: RunEventOf<'check.finished'>;
  readonly junit: string;
}

async function reportsOf(out: string): Promise<Reports> {
  const { events } = await readRecord(join(out, 'run.jsonl'));
  const [check, ...others] = events.filter((event) => event.type === 'check.finished');
  expect(others).toEqual([]);
  if (check === undefined) throw new Error('no check finished');
  return { events, check, junit: await readFile(join(out, 'junit.xml'), 'utf8') };
}

/** As XML has it, so that a sentence can be looked for in JUnit's attributes and text. */
function xml(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(escaped.replace(/["'&<>]/g, '(?:$&|&[a-z#0-9]+;)'));
}

describe.concurrent('bringup run on a broken guest', () => {
  test('whose init exits: exit code 1, and every report has cause, message, hint and the oops', async () => {
    const { path } = await withInit('#!/bin/sh\nexit 3\n')();
    const { exitCode, all, out } = await runBroken('init-exits', '--initramfs', path);
    expect(exitCode, all).toBe(1);
    const { check, events, junit } = await reportsOf(out);
    const message =
      'the guest did not boot, so the check did not begin: the guest crashed: panic: Attempted to kill init! exitcode=0x00000300';
    const hint = 'PID 1 exited with status 3; an init must never end.';
    expect(check).toMatchObject({ check: 'a1.echo.hi', outcome: 'FAIL', cause: 'guest-crash', message, hint });
    const crash = events.find((event) => event.type === 'crash');
    expect(crash).toMatchObject({ check: 'a1.echo.hi', signature: 'linux-panic-init', text: expect.stringMatching(wholePanic) });
    for (const text of ['guest-crash', message, hint, 'Call trace:']) expect(junit).toMatch(xml(text));
    expect(all).toContain('FAIL a1.echo.hi');
    expect(all).toContain(message);
  });

  test('that hangs in its boot: exit code 1, guest-hang with the loop’s address', async () => {
    const { path } = await withInit('#!/bin/sh\nwhile :; do :; done\n')();
    const profile = join(folder, 'impatient.json');
    await writeFile(profile, JSON.stringify({ id: 'impatient', extends: 'linux-arm64', timeouts: { bootMs: impatientMs } }));
    const { exitCode, all, out } = await runBroken('init-spins', '--initramfs', path, '--profile', profile);
    expect(exitCode, all).toBe(1);
    const { check, junit } = await reportsOf(out);
    expect(check).toMatchObject({ outcome: 'FAIL', cause: 'guest-hang', hint: expect.stringContaining('look the address up') });
    expect(check.message).toMatch(/spins \(vCPU 0 in .*at 0x[0-9a-f]+/);
    expect(junit).toContain('guest-hang');
  });

  test('whose kernel is none: exit code 2, before any check', async () => {
    const kernel = join(folder, 'page.zip');
    await writeFile(kernel, 'PK\x03\x04');
    const { exitCode, stderr, out } = await runBroken('no-kernel', '--kernel', kernel);
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain('kernel page.zip: not a kernel image for aarch64; it begins with 50 4b 03 04');
    expect(stderr).toContain('give an arm64 Image');
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });

  test('that QEMU refuses to start: exit code 3, MISS, in QEMU’s words', async () => {
    const { exitCode, all, out } = await runBroken('refused', '--memory', '16');
    expect(exitCode, all).toBe(3);
    const { check, junit } = await reportsOf(out);
    expect(check).toMatchObject({ outcome: 'MISS', cause: 'harness-fault', hint: expect.stringContaining('--memory') });
    expect(check.message).toContain("kernel 'vmlinuz' is too large to fit in RAM");
    for (const text of ['harness-fault', 'is too large to fit in RAM', '--memory']) expect(junit).toMatch(xml(text));
  });
});
