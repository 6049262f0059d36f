import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CpioEntry, charDevice, directory, file, symlink } from './cpio-entry.ts';

/** Folders that version control can't keep, parents first. */
const emptyDirectories = ['.', 'dev', 'proc', 'sys', 'run', 'root', 'mnt', 'bin', 'sbin', 'usr', 'usr/bin', 'usr/sbin', 'var'];

/** What a program finds before devtmpfs is mounted: the kernel itself opens /dev/console for init. */
export const earlyDevices: readonly CpioEntry[] = [charDevice('dev/console', 5, 1), charDevice('dev/null', 1, 3, 0o666)];

/**
 * A folder of the host as entries: owned by root, a file that begins with `#!` executable, the folder's own modes and
 * times left out, so that a checkout with another umask gives the same archive.
 */
export async function skeleton(dir: string): Promise<CpioEntry[]> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  const entries = found.map(async (item) => {
    const path = join(item.parentPath, item.name);
    if (item.isDirectory()) return directory(relative(dir, path));
    const data = await readFile(path);
    return file(relative(dir, path), data, data.subarray(0, 2).toString() === '#!' ? 0o755 : 0o644);
  });
  return Promise.all(entries);
}

/** BusyBox in a root file system, by all its names. */
export function busyboxEntries(binary: Uint8Array, applets: readonly string[]): CpioEntry[] {
  const links = applets.map((path) => path.replace(/^\//, '')).filter((path) => path !== 'bin/busybox');
  return [file('bin/busybox', binary, 0o755), ...links.map((path) => symlink(path, '/bin/busybox'))];
}

export function baseDirectories(): CpioEntry[] {
  return [
    ...emptyDirectories.map((path) => directory(path)),
    directory('tmp', 0o1777),
    symlink('var/run', '/run'),
    symlink('var/tmp', '/tmp'),
  ];
}

/**
 * Entries in an order that the kernel can unpack and that is the same everywhere: by path, parents first. Of entries
 * with one path the last one stays.
 */
export function arrange(entries: readonly CpioEntry[]): CpioEntry[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
