import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunEventOf } from '../src/model/index.ts';
import { readRecord } from '../src/reporters/index.ts';
import { privateCache } from './private-cache.ts';
import { UserSuite } from './user-suite.ts';

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
let cache: string;
let remove: () => Promise<void>;
let folder: string;
beforeAll(async () => {
  ({ root: cache, remove } = await privateCache());
  folder = await mkdtemp(join(tmpdir(), 'bringup-fallback-'));
}, 300_000);
afterEach(() => rm(join(cache, 'snapshots'), { recursive: true, force: true }));
afterAll(async () => {
  await rm(folder, { recursive: true });
  await remove();
});

/** An environment in which QEMU is the host's behind a script that refuses what some QEMU lacks. */
async function environment(name: string, script: string): Promise<Record<string, string>> {
  const program = 'qemu-system-aarch64';
  const { stdout: qemu } = await execa('sh', ['-c', `command -v ${program}`]);
  const bin = join(folder, name);
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, program), `#!/bin/sh\nqemu=${qemu}\n${script}\n`);
  await chmod(join(bin, program), 0o755);
  return { PATH: `${bin}:${process.env.PATH}`, BRINGUP_CACHE: cache, CI: 'true', GITHUB_ACTIONS: '' };
}

const refuse = (argument: string, words: string): string =>
  `case "$*" in *${argument}*) echo ${JSON.stringify(words)} >&2; exit 1;; esac\nexec "$qemu" "$@"`;

const three = Array.from(
  { length: 3 },
  (_, index) => `test.concurrent('machine ${index}', async ({ shell }) => {
  expect((await shell.run('echo on')).output).toBe('on');
});`,
).join('\n');

describe.each([
  // One before 5.0 lacks the property.
  ['a RAM file', 'ram', refuse('memory-backend=', "Property '.memory-backend' not found"), /memory-backend/],
  ['saving', 'save', 'exec "$qemu" "$@" -blockdev driver=null-co,node-name=d,size=1048576 -device nvme,serial=1,drive=d', /nvme/],
  ['loading', 'load', refuse('-incoming', '-incoming: invalid option'), /-incoming: invalid option/],
])('with a QEMU that refuses %s', (_, name, script, words) => {
  test('fixtures boot their machines, and say so once', async () => {
    await using suite = await UserSuite.create({ three });
    const { exitCode, stdout, stderr, tests } = await suite.run(await environment(name, script));
    expect(exitCode, stdout + stderr).toBe(0);
    expect(tests).toEqual({ 'machine 0': 'passed', 'machine 1': 'passed', 'machine 2': 'passed' });
    const told = stderr.split('\n').filter((line) => line.includes('machines are booted, not forked'));
    expect(told).toEqual([expect.stringMatching(words)]);
  }, 240_000);

  test('the checks of a run are booted, and the first says so', async () => {
    const out = join(folder, `out-${name}`);
    const argv = [
      '--conditions=bringup-source',
      cli,
      'run',
      'a1',
      '--grep',
      '^a1\\.(echo\\.hi|pipe\\.writer-ends)',
      '--jobs',
      '2',
      '--out',
      out,
    ];
    const { exitCode, all } = await execa(process.execPath, argv, { reject: false, all: true, env: await environment(name, script) });
    expect(exitCode, all).toBe(0);
    const { events } = await readRecord(join(out, 'run.jsonl'));
    const told = events.filter((event) => event.type === 'step' && event.title.startsWith('not forked, but booted: '));
    expect(told).toEqual([expect.objectContaining({ title: expect.stringMatching(words) })]);
    const started = events.filter((event): event is RunEventOf<'machine.started'> => event.type === 'machine.started');
    expect(started.length).toBeGreaterThan(1);
    expect(started.filter(({ isFork }) => isFork)).toEqual([]);
  }, 240_000);
});
