import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clearCache, listCache } from './cache-inventory.ts';
import { storedSnapshot } from './snapshot-store.ts';

const mebibyte = 2 ** 20;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bringup-snapshots-'));
  vi.stubEnv('BRINGUP_CACHE', root);
  make.mockClear();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const make = vi.fn((folder: string) => writeFile(join(folder, 'ram'), Buffer.alloc(mebibyte, 'x')));

async function open(folder: string): Promise<string | { damage: string } | undefined> {
  const text = await readFile(join(folder, 'ram'), 'latin1').catch(() => undefined);
  return text === undefined || text.startsWith('x') ? text : { damage: 'no x' };
}

const stored = (inputs: string, onProgress?: (message: string) => void) =>
  storedSnapshot({ inputs, open, make, ...(onProgress && { onProgress }) });
const folders = async (): Promise<string[]> => (await readdir(join(root, 'snapshots'))).filter((name) => !name.startsWith('.lock-'));

test('a snapshot is made once, and another one for other inputs', async () => {
  await stored('one');
  await stored('one');
  expect(make).toHaveBeenCalledTimes(1);
  await stored('two');
  expect(make).toHaveBeenCalledTimes(2);
  expect(await listCache()).toMatchObject([{ kind: 'snapshot', files: ['ram'], sizeBytes: mebibyte }, { kind: 'snapshot' }]);
});

test.each([
  ['damaged', (file: string) => writeFile(file, 'y')],
  ['half gone', (file: string) => rm(file)],
])('one that is %s is made again', async (_, damage) => {
  await stored('one');
  const [key] = await folders();
  await damage(join(root, 'snapshots', String(key), 'ram'));
  expect(await stored('one')).toMatch(/^xxx/);
  expect(make).toHaveBeenCalledTimes(2);
  expect(await folders()).toEqual([key]);
});

test('a failed making leaves nothing, and what a killed maker left is removed', async () => {
  make.mockImplementationOnce(async (folder) => {
    await writeFile(join(folder, 'ram'), 'half');
    throw new Error('no room');
  });
  await expect(stored('one')).rejects.toThrow('no room');
  expect(await folders()).toEqual([]);
  await stored('one');
  const [key = ''] = await folders();
  await rm(join(root, 'snapshots', key), { recursive: true });
  const left = join(root, 'snapshots', `.tmp-${key.slice(0, 12)}-abc`);
  await writeFile(left, 'half');
  await stored('one');
  expect(await folders()).toEqual([key]);
});

test('beyond the cap the least recently used goes first, and never the newest', async () => {
  vi.stubEnv('BRINGUP_SNAPSHOTS_MIB', '2');
  await stored('one');
  const [one = ''] = await folders();
  await stored('two');
  const two = (await folders()).find((key) => key !== one) ?? '';
  const longAgo = new Date('2026-01-01');
  for (const key of [one, two]) await utimes(join(root, 'snapshots', key), longAgo, longAgo);
  await stored('one');
  await stored('three');
  expect(await folders()).toContain(one);
  expect(await folders()).not.toContain(two);
  vi.stubEnv('BRINGUP_SNAPSHOTS_MIB', '0');
  await stored('four');
  expect(await folders()).toHaveLength(1);
  vi.stubEnv('BRINGUP_SNAPSHOTS_MIB', 'much');
  await expect(stored('five')).rejects.toMatchObject({ code: 'usage' });
});

test('clearing removes all of them, and what is left of killed makers', async () => {
  await stored('one');
  const [key = ''] = await folders();
  await writeFile(join(root, 'snapshots', `.tmp-${key.slice(0, 12)}-abc`), 'half');
  await clearCache();
  expect(await folders()).toEqual([]);
});

test('of processes that ask at the same time one makes it, and all get it', async () => {
  const program = join(import.meta.dirname, 'testing', 'snapshot-store-process.ts');
  const children = await Promise.all(Array.from({ length: 4 }, () => execa(process.execPath, [program])));
  expect(children.map(({ stdout }) => stdout.split('\n').at(-1))).toEqual(Array.from({ length: 4 }, () => 'got x'));
  expect(children.filter(({ stdout }) => stdout.includes('making'))).toHaveLength(1);
});

test('of processes that add snapshots to a full store at the same time each gets its own', async () => {
  vi.stubEnv('BRINGUP_SNAPSHOTS_MIB', '0');
  const program = join(import.meta.dirname, 'testing', 'snapshot-store-process.ts');
  const add = (inputs: string) => execa(process.execPath, [program, '300', inputs, '200'], { reject: false });
  const children = await Promise.all(['one', 'two', 'three', 'four'].map(add));
  expect(children.map(({ stdout, stderr }) => stdout + stderr)).toEqual(Array.from({ length: 4 }, () => 'making\ngot x'));
  expect(await folders()).toHaveLength(1);
});

test('a maker that is killed leaves the store usable', async () => {
  const program = join(import.meta.dirname, 'testing', 'snapshot-store-process.ts');
  const child = execa(process.execPath, [program, '60000'], { reject: false });
  await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  child.kill('SIGKILL');
  await child;
  expect((await execa(process.execPath, [program])).stdout).toBe('making\ngot x');
  expect(await folders()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});
