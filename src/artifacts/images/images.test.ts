import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extImage } from './ext-image.ts';
import { checkFileSystem, debugfs, hashesOf, readFileIn } from './file-system.ts';
import { partitionedImage, partitionOffset, partitionsOf } from './partitions.ts';

let folder: string;
const before = process.env.BRINGUP_CACHE;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-images-'));
});
afterAll(async () => {
  if (before === undefined) delete process.env.BRINGUP_CACHE;
  else process.env.BRINGUP_CACHE = before;
  await rm(folder, { recursive: true });
});

const mebibyte = 2 ** 20;
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const big = Buffer.alloc(300_000, 'big');
const files = {
  '/etc/motd': 'hello\n',
  '/big': big,
  '/a "name" of its own': { content: '', mode: 0o4711, uid: 1000, gid: 50, mtime: 1_000_000_000 },
  '/etc/link': { symlink: 'motd' },
  '/empty': { directory: true, mode: 0o1777 },
} as const;

test('images of each type and block size hold the files, with their owners, modes and times, and e2fsck finds nothing', async () => {
  for (const [type, blockSize] of [
    ['ext2', 1024],
    ['ext2', 4096],
    ['ext4', 2048],
  ] as const) {
    const { path } = await extImage({ type, sizeMiB: 8, blockSize, files, label: 'mine', inodes: 64 })();
    expect(await checkFileSystem({ path })).toMatchObject({ exitCode: 0, clean: true, text: expect.stringContaining('Pass 5') });
    const hashes = await hashesOf({ path });
    expect(Object.fromEntries(hashes)).toEqual({
      '/etc/motd': sha256('hello\n'),
      '/big': sha256(big),
      '/a "name" of its own': sha256(''),
    });
    expect((await readFileIn({ path }, '/etc/motd')).toString()).toBe('hello\n');
    const stat = String(await debugfs({ path }, 'stat "/a ""name"" of its own"'));
    expect(stat).toMatch(/Mode:\s+04711/);
    expect(stat).toMatch(/User:\s+1000\s+Group:\s+50/);
    expect(stat).toMatch(/mtime: 0x3b9aca00/);
    expect(String(await debugfs({ path }, 'stat /empty'))).toMatch(/Type: directory\s+Mode:\s+01777/);
    expect(String(await debugfs({ path }, 'stats'))).toMatch(/Filesystem volume name:\s+mine\n/);
  }
});

test('equal options give equal bytes', async () => {
  const digests: string[] = [];
  for (const cache of ['one', 'two']) {
    process.env.BRINGUP_CACHE = join(folder, cache);
    const image = extImage({ type: 'ext4', sizeMiB: 8, files });
    const disk = partitionedImage({ table: 'gpt', partitions: [{ image }, { sizeMiB: 2 }] });
    digests.push(`${(await image()).sha256} ${(await disk()).sha256}`);
  }
  expect(digests[1]).toBe(digests[0]);
});

test.each(['mbr', 'gpt'] as const)('a disk with an %s names its partitions, and they hold what was put there', async (table) => {
  const image = extImage({ sizeMiB: 2, files: { '/f': table } });
  const { path } = await partitionedImage({ table, partitions: [{ sizeMiB: 3 }, { image }] })();
  const found = await partitionsOf(path);
  expect(found.map(({ startBytes, sizeBytes }) => [startBytes / mebibyte, sizeBytes / mebibyte])).toEqual([
    [1, 3],
    [4, 2],
  ]);
  const at = { path, offsetBytes: partitionOffset(1, [3]) };
  expect(String(await readFileIn(at, '/f'))).toBe(table);
  expect(await checkFileSystem(at)).toMatchObject({ clean: true });
});

test('damage is found, mended where it is asked for, and told', async () => {
  const path = join(folder, 'damaged');
  await copyFile((await extImage({ sizeMiB: 4, files: { '/f': 'x' } })()).path, path);
  const file = await open(path, 'r+');
  // The bitmaps and the inode table of the first group.
  await file.write(Buffer.alloc(4096, 0xff), 0, 4096, 3 * 1024);
  await file.close();
  const found = await checkFileSystem({ path });
  expect(found.clean).toBe(false);
  expect(found.exitCode & 4).toBe(4);
  const mended = await checkFileSystem({ path }, { repair: true });
  expect(mended.exitCode & ~3).toBe(0);
  expect(await checkFileSystem({ path })).toMatchObject({ clean: true });
});

test('what is not there is told, and what does not fit', async () => {
  const { path } = await extImage({ sizeMiB: 1 })();
  await expect(readFileIn({ path }, '/none')).rejects.toMatchObject({
    code: 'image-invalid',
    shortMessage: expect.stringContaining('not found'),
  });
  const zeros = join(folder, 'zeros');
  await writeFile(zeros, '');
  await truncate(zeros, mebibyte);
  await expect(hashesOf({ path: zeros })).rejects.toMatchObject({ code: 'image-invalid' });
  await expect(partitionsOf(zeros)).rejects.toMatchObject({ code: 'image-invalid' });
  expect((await checkFileSystem({ path: zeros })).exitCode & 8).toBe(8);
  await expect(extImage({ sizeMiB: 1, files: { '/big': Buffer.alloc(2 * mebibyte, 1) } })()).rejects.toMatchObject({
    code: 'artifact-failed',
  });
  const five = Array.from({ length: 5 }, () => ({ sizeMiB: 1 }));
  expect(() => partitionedImage({ table: 'mbr', partitions: five })).toThrow(/expected at most 4 partitions in an mbr table, got 5/);
  await expect(partitionedImage({ table: 'mbr', partitions: [{ sizeMiB: 0 }] })()).rejects.toMatchObject({ code: 'artifact-failed' });
  expect((await readFile(path)).length).toBe(mebibyte);
});
