import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached } from '../artifacts/cache.ts';
import { command } from './cache.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bringup-cache-'));
  vi.stubEnv('BRINGUP_CACHE', root);
  await cached({ kind: 'test', revision: 1, inputs: 1, build: (dir) => writeFile(join(dir, 'a'), 'x'.repeat(2_097_152)) });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

async function run(...argv: string[]): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  expect(await command.run(argv, { stdin, stdout, stderr })).toBe(0);
  stdout.end();
  return text(stdout);
}

test('lists what there is', async () => {
  expect(await run()).toMatch(/^test {13}[0-9a-f]{12} +2\.0 MiB {2}a\n1 artifacts, 2\.0 MiB, in /);
  const listed = JSON.parse(await run('--json'));
  expect(listed).toMatchObject({ path: root, artifacts: [{ kind: 'test', key: expect.stringMatching(/^[0-9a-f]{64}$/) }] });
  expect(listed.sizeBytes).toBe(2_097_152);
});

test('clears it', async () => {
  expect(JSON.parse(await run('--clear', '--json'))).toEqual({ path: root, sizeBytes: 0, artifacts: [] });
});

test('wrong options are named', async () => {
  await expect(run('--claer')).rejects.toMatchObject({ code: 'usage', shortMessage: expect.stringContaining('--claer') });
});
