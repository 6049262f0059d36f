import {
  chmod,
  link,
  lstat,
  symlink as makeSymlink,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { test as base, expect } from 'vitest';
import { type CpioEntry, charDevice, directory, file, symlink } from './cpio-entry.ts';
import { readCpio } from './cpio-read.ts';
import { writeCpio } from './cpio-write.ts';

/** Against the system's own cpio(1), both ways. */
const test = base.extend<{ dir: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'bringup-cpio-'));
    await use(dir);
    await rm(dir, { recursive: true });
  },
});

const entries: CpioEntry[] = [
  directory('.'),
  directory('dev'),
  charDevice('dev/console', 5, 1),
  { ...charDevice('dev/vda', 254, 16, 0o660), type: 'block-device', gid: 6 } as CpioEntry,
  directory('home', 0o1777),
  { ...file('home/a', 'hello\n', 0o4755), uid: 1000, gid: 1001, mtime: 86_400 } as CpioEntry,
  { type: 'hardlink', path: 'home/b', target: 'home/a' },
  file('home/four', '1234'),
  file('home/one', '1'),
  symlink('home/link', '../dev/console'),
  { ...directory('pipe', 0o644), type: 'fifo' } as CpioEntry,
];

test('cpio lists our archive as it was meant', async () => {
  const { stdout, stderr } = await execa('cpio', ['-itv', '--numeric-uid-gid', '--quiet'], {
    input: writeCpio(entries),
    env: { TZ: 'UTC', LC_ALL: 'C' },
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 .',
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 dev',
    'crw------- 1 0 0 5, 1 Jan 1 1970 dev/console',
    'brw-rw---- 1 0 6 254, 16 Jan 1 1970 dev/vda',
    'drwxrwxrwt 2 0 0 0 Jan 1 1970 home',
    '-rwsr-xr-x 2 1000 1001 0 Jan 2 1970 home/a',
    '-rwsr-xr-x 2 1000 1001 6 Jan 2 1970 home/b',
    '-rw-r--r-- 1 0 0 4 Jan 1 1970 home/four',
    '-rw-r--r-- 1 0 0 1 Jan 1 1970 home/one',
    'lrwxrwxrwx 1 0 0 14 Jan 1 1970 home/link -> ../dev/console',
    'prw-r--r-- 1 0 0 0 Jan 1 1970 pipe',
  ]);
});

test('cpio unpacks our archive, links and modes and all', async ({ dir }) => {
  const unprivileged = entries.filter(({ type }) => !type.endsWith('device'));
  await execa('cpio', ['-idm', '--quiet', '--no-preserve-owner'], { cwd: dir, input: writeCpio(unprivileged) });
  expect((await readdir(dir, { recursive: true })).sort()).toEqual([
    'dev',
    'home',
    'home/a',
    'home/b',
    'home/four',
    'home/link',
    'home/one',
    'pipe',
  ]);
  expect(await readFile(join(dir, 'home/b'), 'utf8')).toBe('hello\n');
  expect(await readlink(join(dir, 'home/link'))).toBe('../dev/console');
  const [a, b, home] = await Promise.all(['home/a', 'home/b', 'home'].map((path) => lstat(join(dir, path))));
  expect(a?.ino).toBe(b?.ino);
  expect(a?.mode).toBe(0o104755);
  expect(a?.mtimeMs).toBe(86_400_000);
  expect(home?.mode).toBe(0o041777);
});

test.for(['newc', 'crc'])('we read what cpio wrote as %s', async (format, { dir }) => {
  await mkdir(join(dir, 'sub'));
  await writeFile(join(dir, 'sub/file'), 'some data');
  await chmod(join(dir, 'sub/file'), 0o600);
  await link(join(dir, 'sub/file'), join(dir, 'sub/other'));
  await makeSymlink('sub/file', join(dir, 'link'));
  await utimes(join(dir, 'sub/file'), 1000, 1000);
  const list = ['.', './sub', 'sub/file', 'sub/other', 'link'].join('\n');
  const { stdout } = await execa('cpio', ['-o', '-H', format, '--quiet'], { cwd: dir, input: list, encoding: 'buffer' });
  const read = readCpio(stdout);
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  expect(read.map(({ path, type }) => [path, type])).toEqual([
    ['.', 'directory'],
    ['sub', 'directory'],
    ['sub/file', 'file'],
    ['sub/other', 'hardlink'],
    ['link', 'symlink'],
  ]);
  expect(read[2]).toEqual({
    type: 'file',
    path: 'sub/file',
    mode: 0o600,
    uid,
    gid,
    mtime: 1000,
    data: new TextEncoder().encode('some data'),
  });
  expect(read[3]).toEqual({ type: 'hardlink', path: 'sub/other', target: 'sub/file' });
  expect(read[4]).toMatchObject({ target: 'sub/file', mode: 0o777 });
  // And what we make of it is the same to cpio.
  const again = await execa('cpio', ['-it', '--quiet'], { input: writeCpio(read) });
  expect(again.stdout.split('\n')).toEqual(['.', 'sub', 'sub/file', 'sub/other', 'link']);
});

test('a wrong checksum is found', async ({ dir }) => {
  await writeFile(join(dir, 'file'), 'some data');
  const { stdout } = await execa('cpio', ['-o', '-H', 'crc', '--quiet'], { cwd: dir, input: 'file', encoding: 'buffer' });
  const garbled = Buffer.from(stdout);
  garbled.write('S', garbled.indexOf('some data'));
  expect(() => readCpio(garbled)).toThrow(/the data of "file" does not sum up to its checksum/);
});
