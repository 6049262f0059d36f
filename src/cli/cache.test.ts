import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached } from '../artifacts/cache.ts';
import { storedSnapshot } from '../artifacts/snapshot-store.ts';
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

test('lists frozen machines with their size and last use, and clears them', async () => {
  const make = (folder: string) => writeFile(join(folder, 'ram'), 'x'.repeat(1_048_576));
  await storedSnapshot({ inputs: 1, open: async (folder) => (await readdir(folder).catch(() => [])).at(0), make });
  const [key = ''] = (await readdir(join(root, 'snapshots'))).filter((name) => !name.startsWith('.'));
  const usedAt = new Date('2026-03-04T05:06:07Z');
  await utimes(join(root, 'snapshots', key), usedAt, usedAt);
  expect(await run()).toContain(`snapshot         ${key.slice(0, 12)}      1.0 MiB  ram  used 2026-03-04T05:06Z\n`);
  expect(JSON.parse(await run('--json')).artifacts[1]).toEqual({
    kind: 'snapshot',
    key,
    files: ['ram'],
    sizeBytes: 1_048_576,
    usedAtEpochMs: usedAt.getTime(),
  });
  expect(await run('--clear')).toContain('0 artifacts, 0.0 MiB');
  expect((await readdir(join(root, 'snapshots'))).filter((name) => !name.startsWith('.lock-'))).toEqual([]);
});

test('clears it', async () => {
  expect(JSON.parse(await run('--clear', '--json'))).toEqual({ path: root, sizeBytes: 0, artifacts: [] });
});

test('wrong options are named', async () => {
  await expect(run('--claer')).rejects.toMatchObject({ code: 'usage', shortMessage: expect.stringContaining('--claer') });
});
