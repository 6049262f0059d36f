import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached } from './cache.ts';
import { clearCache, listCache } from './cache-inventory.ts';
import { cacheRoot } from './cache-root.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bringup-cache-'));
  vi.stubEnv('BRINGUP_CACHE', root);
  writeA.mockClear();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const program = join(import.meta.dirname, 'testing', 'cache-process.ts');
const start = (name: string, buildMs: number) => execa(process.execPath, [program, name, String(buildMs)], { reject: false });
const contentsOf = (kind: string) => readdir(join(root, 'artifacts', kind));
const says = (child: ReturnType<typeof start>, word: string) =>
  new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes(word) && resolve());
    child.stdout.once('end', () => reject(new Error(`the process ended without saying ${word}`)));
  });

function recipe(build: (dir: string) => Promise<void>, onProgress?: (message: string) => void) {
  return { kind: 'test', revision: 1, inputs: { a: 1 }, build, ...(onProgress && { onProgress }) };
}
const writeA = vi.fn((dir: string) => writeFile(join(dir, 'a'), 'content'));

test('an artifact is made once; its files come with sizes and digests', async () => {
  const first = await cached(recipe(writeA));
  const second = await cached(recipe(writeA));
  expect(writeA).toHaveBeenCalledTimes(1);
  expect(second.file('a')).toEqual(first.file('a'));
  expect(first.file('a')).toMatchObject({ sizeBytes: 7, sha256: 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73' });
  expect(await readFile(first.file('a').path, 'utf8')).toBe('content');
  expect(() => first.file('b')).toThrow(/has no file b/);
});

test('other inputs, or another revision of the recipe, are another artifact', async () => {
  await cached(recipe(writeA));
  await cached({ ...recipe(writeA), inputs: { a: 2 } });
  await cached({ ...recipe(writeA), revision: 2 });
  expect(writeA).toHaveBeenCalledTimes(3);
  expect(await listCache()).toHaveLength(3);
});

test.each<[string, (path: string) => Promise<void>]>([
  [
    'changed in place, its size and time kept',
    async (path) => {
      const { atime, mtime } = await stat(path);
      await writeFile(path, 'cOntent');
      await utimes(path, atime, mtime);
    },
  ],
  ['cut short', (path) => writeFile(path, 'con')],
  ['gone', (path) => rm(path)],
  ['without its manifest', (path) => rm(join(path, '../manifest.json'))],
  ['with half a manifest', (path) => writeFile(join(path, '../manifest.json'), '{ "v": 1, "fi')],
])('a file that is damaged is made again: %s', async (_, damage) => {
  const { path } = (await cached(recipe(writeA))).file('a');
  await damage(path);
  const told: string[] = [];
  const entry = await cached(recipe(writeA, (message) => told.push(message)));
  expect(writeA).toHaveBeenCalledTimes(2);
  expect(await readFile(entry.file('a').path, 'utf8')).toBe('content');
  expect(told).toEqual([expect.stringMatching(/test: the cached copy is damaged/)]);
});

test('a build that fails leaves nothing, and the next one succeeds', async () => {
  const fail = async (dir: string) => {
    await writeFile(join(dir, 'a'), 'half');
    throw new Error('no room');
  };
  await expect(cached(recipe(fail))).rejects.toThrow('no room');
  expect(await contentsOf('test')).toEqual(['.lock']);
  await cached(recipe(writeA));
});

test('of three processes that want the same artifact one makes it, and all get it whole', async () => {
  const results = await Promise.all([start('x', 1000), start('x', 1000), start('x', 1000)]);
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  const lines = results.flatMap(({ stdout }) => stdout.split('\n'));
  expect(lines.filter((line) => line === 'building')).toHaveLength(1);
  expect(lines.filter((line) => line === '["first","second"]')).toHaveLength(3);
});

test('a builder killed half-way leaves no artifact and no lock, and the next one clears its folder away', async () => {
  const killed = start('x', 60_000);
  await says(killed, 'building');
  killed.kill('SIGKILL');
  expect((await killed).signal).toBe('SIGKILL');
  expect((await contentsOf('test')).sort()).toEqual(['.lock', expect.stringMatching(/^\.tmp-/)]);

  const next = await start('x', 0);
  expect(next.stdout.split('\n')).toEqual(expect.arrayContaining(['building', '["first","second"]']));
  expect(await contentsOf('test')).toEqual(['.lock', expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

test('who waits for another’s build can be cancelled, and the builder goes on', async () => {
  const builder = start('x', 1500);
  await says(builder, 'building');
  const controller = new AbortController();
  const waiting = cached({ ...recipe(writeA, () => controller.abort()), signal: controller.signal });
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  expect((await builder).exitCode).toBe(0);
});

test('a full cache is only read: no lock, no process, no write', async () => {
  await cached(recipe(writeA));
  vi.stubEnv('PATH', '/nonexistent');
  const kindDir = join(root, 'artifacts', 'test');
  await rm(join(kindDir, '.lock'));
  await chmod(kindDir, 0o555);
  await cached(recipe(writeA));
  await chmod(kindDir, 0o755);
  expect(await contentsOf('test')).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

test('a cache that can’t be written says which folder to give', async () => {
  await writeFile(join(root, 'artifacts'), 'a file where a folder should be');
  await expect(cached(recipe(writeA))).rejects.toMatchObject({ code: 'cache-failed', hint: expect.stringContaining('BRINGUP_CACHE') });
});

test('clearing waits for the builder, then leaves nothing but the lock', async () => {
  const builder = start('x', 1000);
  await says(builder, 'building');
  await mkdir(join(root, 'artifacts', 'test', 'f'.repeat(64)));
  await clearCache();
  expect(await contentsOf('test')).toEqual(['.lock']);
  expect(await listCache()).toEqual([]);
  expect((await builder).exitCode).toBe(0);
});

test.each([
  [{ BRINGUP_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
  [{ XDG_CACHE_HOME: '/b' }, '/b/bringup'],
  [{}, expect.stringMatching(/\/\.cache\/bringup$/)],
])('the cache of %j is %s', (env, path) => {
  expect(cacheRoot(env)).toEqual(path);
});

test('white space in the cache’s path is refused: make can’t build there', () => {
  expect(() => cacheRoot({ BRINGUP_CACHE: '/home/a b' })).toThrow(expect.objectContaining({ code: 'cache-failed' }));
});
