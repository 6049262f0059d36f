import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../model/run-event.ts';
import { readRecord } from '../reporters/record-reader.ts';
import { type SampleCheck, sampleRun } from '../reporters/testing/sample-run.ts';
import { command } from './report.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bringup-report-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function record(name: string, events: readonly RunEvent[]): Promise<string> {
  await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, name, 'run.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return join(dir, name);
}

async function report(...argv: string[]) {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const exitCode = await command.run(argv, io);
  io.stdout.end();
  io.stderr.end();
  return { exitCode, stdout: await text(io.stdout), stderr: await text(io.stderr) };
}

const shard = (index: number, checks: readonly SampleCheck[]) =>
  sampleRun(checks, { start: { shard: { index, total: 2 }, runId: `r${index}` } });

test('shards are merged: all four files, and the exit code of the whole run', async () => {
  const [one, two] = [
    await record('one', shard(1, [{ id: 'a1.one' }])),
    await record('two', shard(2, [{ id: 'a1.two', outcome: 'FAIL' }])),
  ];
  const out = join(dir, 'deep', 'out');
  expect(await report(one, join(two, 'run.jsonl'), '--out', out)).toEqual({
    exitCode: 1,
    stderr: '',
    stdout: `FAIL: 1 failed, 1 passed\nreport: ${join(out, 'index.html')}\n`,
  });
  expect((await readdir(out)).sort()).toEqual(['index.html', 'junit.xml', 'run.jsonl', 'summary.md']);
  expect((await readRecord(join(out, 'run.jsonl'))).events.at(-1)).toMatchObject({ counts: { PASS: 1, FAIL: 1 } });
  expect(await readFile(join(out, 'summary.md'), 'utf8')).toContain('a1.two');
});

test('into the folder of the record itself: the reports are made anew, the record stays', async () => {
  const events = sampleRun([{ id: 'a1.one' }]);
  const path = await record('run', events);
  expect((await report(path, '--out', path)).exitCode).toBe(0);
  expect((await readRecord(join(path, 'run.jsonl'))).events).toEqual(events);
});

test('a killed run: its cut line is told, its open check is MISS, exit code 3', async () => {
  const path = await record('run', sampleRun([{ id: 'a1.one', interrupted: true }], { finish: false }));
  await truncate(join(path, 'run.jsonl'), (await readFile(join(path, 'run.jsonl'))).length - 5);
  const { exitCode, stdout, stderr } = await report(path, '--out', join(dir, 'out'));
  expect([exitCode, stdout.split('\n')[0]]).toEqual([3, 'MISS: 1 without a result']);
  expect(stderr).toContain('cut short');
});

test('a shard that is missing makes exit code 3', async () => {
  expect((await report(await record('one', shard(1, [{ id: 'a1.one' }])), '--out', join(dir, 'out'))).exitCode).toBe(3);
});

test('bundles come along, and a path that leads out of the folder does not', async () => {
  const withBundle = (bundle: string) =>
    sampleRun([{ id: 'a1.one' }]).map((event) => (event.type === 'check.finished' ? { ...event, bundle } : event));
  const path = await record('run', withBundle('bundles/a1.one'));
  await mkdir(join(path, 'bundles/a1.one'), { recursive: true });
  await writeFile(join(path, 'bundles/a1.one/note'), 'kept');
  await report(path, '--out', join(dir, 'out'));
  expect(await readFile(join(dir, 'out/bundles/a1.one/note'), 'utf8')).toBe('kept');
  await writeFile(join(dir, 'secret'), 'x');
  await report(await record('evil', withBundle('../secret')), '--out', join(dir, 'deep/out'));
  expect((await readdir(join(dir, 'deep'))).sort()).toEqual(['out']);
});

test.each([
  ['no --out', () => ['x'], 'usage', /--out/],
  ['no record', () => ['--out', dir], 'usage', /at least one record/],
  ['a folder without a record', () => [dir, '--out', dir], 'file-not-found', /run\.jsonl does not exist/],
  ['a file that is no record', () => [join(dir, 'notes'), '--out', dir], 'record-invalid', /notes: line 1 .*not JSON/],
  ['an empty file', () => [join(dir, 'empty'), '--out', dir], 'record-invalid', /an empty one/],
] as const)('%s is an error of exit code 2', async (_, argv, code, message) => {
  await writeFile(join(dir, 'notes'), 'hello\nworld\n');
  await writeFile(join(dir, 'empty'), '');
  await expect(report(...argv())).rejects.toThrow(
    expect.objectContaining({ code, exitCode: 2, shortMessage: expect.stringMatching(message) }),
  );
});
