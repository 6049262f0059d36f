import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processesNaming } from './processes.ts';
import { cliArgv, recordOf, runEnv, startRun } from './run-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-disk-'));
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * Mounts a small file system in a mount namespace of its own (unshare(1), mount_namespaces(7)), runs a command there, and copies out what
 * the disk holds. $0 is the mount point, $1 the size, $2 where to copy to, $3 `full` to fill it first.
 */
const onSmallDisk = `mount -t tmpfs -o size="$1" small "$0" || exit 99
copy=$2; [ "$3" = full ] && head -c 1000000 /dev/zero >"$0/filler" 2>/dev/null
shift 3; "$@"; status=$?
cp -r "$0/." "$copy"; exit $status`;

/** A command of bringup on a disk of that size; `places` are what is on it. */
async function runOnSmallDisk(size: string, places: { out?: true; temporary?: true; full?: true }, argv: readonly string[], name = 'run') {
  const [disk, copy, other] = await Promise.all(['disk-', 'copy-', 'other-'].map((name) => mkdtemp(join(folder, name))));
  const out = join(places.out ? (disk as string) : (other as string), 'out');
  const env = await runEnv(join(other as string, 'tmp'));
  if (places.temporary) env.TMPDIR = disk as string;
  const setUp = [disk as string, size, copy as string, places.full ? 'full' : ''];
  const command = ['-m', 'sh', '-c', onSmallDisk, ...setUp, process.execPath, ...cliArgv, name, ...argv];
  const { exitCode, all, stdout } = await execa('unshare', [...command, '--out', out], { reject: false, all: true, env });
  return { exitCode, all, stdout, out: places.out ? join(copy as string, 'out') : out };
}

test('a disk that is full before the run began: exit code 3, and why', async () => {
  const { exitCode, all } = await runOnSmallDisk('64k', { out: true, full: true }, ['a1', '--grep', 'echo']);
  expect(all).toMatch(/bringup: .*ENOSPC/);
  expect(all).toContain('is the disk full?');
  expect(all).not.toContain('bug in bringup');
  expect(exitCode, all).toBe(3);
});

test('a disk that fills in the middle of a run: the record so far is valid, the run ends as MISS and says why', async () => {
  const { exitCode, all, out } = await runOnSmallDisk('44k', { out: true }, ['a1', '--grep', 'a1\\.(boot|echo|sh|pipe)', '--jobs', '1']);
  const { model, events, checks } = await recordOf(out);
  expect(events[0]?.type, all).toBe('run.started');
  expect(checks.filter(({ outcome }) => outcome === 'PASS').length, all).toBeGreaterThan(0);
  for (const { outcome, cause } of checks)
    expect([outcome, cause]).toEqual(outcome === 'PASS' ? ['PASS', null] : ['MISS', 'harness-fault']);
  expect(model.exitCode).toBe(3);
  expect(all).toMatch(/bringup: .*ENOSPC/);
  expect(exitCode, all).toBe(3);
  expect(await processesNaming(out)).toEqual([]);
});

test('mutants on a disk that fills: exit code 3, and why, with the results that are there', async () => {
  const mutant = ['--grep', 'a0-getpid-two', '--jobs', '1', '--json'];
  const { exitCode, all, stdout } = await runOnSmallDisk('24k', { out: true }, mutant, 'mutants');
  expect(all).toMatch(/bringup: .*ENOSPC/);
  expect(all).not.toContain('bug in bringup');
  expect(exitCode, all).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ mutants: [{ id: 'a0-getpid-two' }] });
});

test('no room for temporary files: what needs them is done without, or is MISS', async () => {
  const { exitCode, all, out } = await runOnSmallDisk('16k', { temporary: true }, ['a1', '--grep', 'a1\\.(echo|boot)']);
  const { model } = await recordOf(out);
  expect(model.counts.FAIL + model.counts.ERROR, all).toBe(0);
  expect(exitCode, all).toBe(model.exitCode);
  expect([0, 3]).toContain(exitCode);
});

test('a run’s folder that is removed in the middle: exit code 3, and why; nothing is left', async () => {
  const out = join(folder, 'removed');
  const temporary = join(folder, 'removed-tmp');
  const run = startRun(out, await runEnv(temporary), ['a1', '--grep', 'a1\\.(boot|echo|sh|pipe)', '--jobs', '1']);
  await new Promise<void>((resolve) => run.stdout.on('data', (text) => String(text).includes('PASS') && resolve()));
  await rm(out, { recursive: true });
  const { exitCode, all } = await run;
  expect(exitCode, all).toBe(3);
  expect(all).toContain('the record');
  expect(all).not.toContain('bug in bringup');
  await sleep(1_000);
  expect(await processesNaming(out)).toEqual([]);
  expect(await readdir(temporary)).toEqual([]);
});

test('a record that takes not a byte: exit code 3, and why', async () => {
  const out = join(folder, 'full-record');
  await mkdir(out);
  await symlink('/dev/full', join(out, 'run.jsonl'));
  const { exitCode, all } = await startRun(out, await runEnv(join(folder, 'full-record-tmp')), ['a1', '--grep', 'echo']);
  expect(all).toMatch(/bringup: the record could not be written on: ENOSPC/);
  expect(exitCode, all).toBe(3);
});

test('a standard output that takes not a byte: exit code 3', async () => {
  const env = await runEnv(join(folder, 'full-stdout-tmp'));
  const argv = ['-c', '"$@" >/dev/full', 'sh', process.execPath, ...cliArgv, 'run', '--help'];
  const { exitCode, stderr } = await execa('sh', argv, { reject: false, env });
  expect(stderr).toContain('bringup: standard output: ENOSPC');
  expect(exitCode).toBe(3);
});

test('a path that can’t be a folder is wrong usage', async () => {
  const { exitCode, all } = await startRun('/dev/null/out', await runEnv(join(folder, 'usage')), ['a1', '--grep', 'echo']);
  expect(all).toMatch(/the folder for reports can’t be made: ENOTDIR/);
  expect(exitCode, all).toBe(2);
});
