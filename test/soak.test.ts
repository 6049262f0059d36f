import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { cliArgv, runEnv } from './run-process.ts';

const folder = fileURLToPath(new URL('tmp-soak', import.meta.url));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function soak(name: string, ...argv: string[]) {
  const out = join(folder, name);
  const env = await runEnv(join(folder, `${name}-tmp`));
  const { exitCode, all } = await execa(process.execPath, [...cliArgv, 'soak', ...argv, '--out', out], { reject: false, all: true, env });
  const report = JSON.parse(await readFile(join(out, 'soak.json'), 'utf8'));
  return { exitCode, all, out, report };
}

test('each round is a run with its own number; of one that passed the record stays', async () => {
  const { exitCode, all, out, report } = await soak('passing', 'a1', '--grep', 'a1\\.echo\\.hi', '--iterations', '2');
  expect(exitCode, all).toBe(0);
  expect(report).toEqual({ iterations: 2, checks: { 'a1.echo.hi': { PASS: 2 } }, failures: [], lost: [] });
  expect((await readdir(out)).sort()).toEqual(['round-0000', 'round-0001', 'soak.json']);
  expect(await readdir(join(out, 'round-0001'))).toEqual(['run.jsonl']);
  const [started = ''] = (await readFile(join(out, 'round-0001', 'run.jsonl'), 'utf8')).split('\n');
  expect(JSON.parse(started).argv).toEqual(expect.arrayContaining(['--iteration', '1']));
});

test('a round that fails keeps its reports, and the soak goes on', async () => {
  const argv = ['a1', '--grep', 'a1\\.echo\\.hi', '--append', 'init=/bin/false rdinit=/bin/false', '--iterations', '2'];
  const { exitCode, all, out, report } = await soak('failing', ...argv);
  expect(exitCode, all).toBe(1);
  expect(report.failures.map(({ iteration, check, outcome }: Record<string, unknown>) => [iteration, check, outcome])).toEqual([
    [0, 'a1.echo.hi', 'FAIL'],
    [1, 'a1.echo.hi', 'FAIL'],
  ]);
  expect(await readdir(join(out, 'round-0000'))).toEqual(expect.arrayContaining(['index.html', 'run.jsonl']));
});
