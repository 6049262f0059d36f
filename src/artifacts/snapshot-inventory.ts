import { randomBytes } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { removeTree, snapshotsDir, temporaryPrefix } from './cache-layout.ts';
import type { CachedArtifact } from './cached-artifact.ts';
import { withLock } from './lock.ts';

/** A lock's file, for one key. */
export const snapshotLock = (key: string): string => join(snapshotsDir(), `.lock-${key}`);
/** What the folders begin with in which the key's snapshot is made. */
export const snapshotTemporary = (key: string): string => `${temporaryPrefix}${key.slice(0, 12)}-`;

interface StoredSnapshot extends CachedArtifact {
  /** When somebody forked it last, in milliseconds since the epoch. */
  readonly usedAtEpochMs: number;
}

/** Finished snapshots, with the space that they take on the disk; those that vanish meanwhile are left out. */
export async function listSnapshots(): Promise<StoredSnapshot[]> {
  const keys = (await namesIn(snapshotsDir())).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(keys.map((key) => describe(key).catch(() => undefined)));
  return found.filter((snapshot) => snapshot !== undefined);
}

/** Removes the snapshots that were not used for longest, until the rest takes no more than that; `kept` stays. */
export async function evictSnapshots(capBytes: number, kept: string): Promise<void> {
  const oldestFirst = (await listSnapshots()).sort((a, b) => a.usedAtEpochMs - b.usedAtEpochMs);
  let sizeBytes = oldestFirst.reduce((sum, each) => sum + each.sizeBytes, 0);
  for (const { key, sizeBytes: own } of oldestFirst) {
    if (sizeBytes <= capBytes) return;
    if (key === kept) continue;
    await removeSnapshot(key);
    sizeBytes -= own;
  }
}

/** Removes all snapshots, once those that are being made are done, and what killed makers left. */
export async function clearSnapshots(options: ProvideOptions): Promise<void> {
  for (const name of await namesIn(snapshotsDir())) {
    const key = /^\.lock-(.+)$/.exec(name)?.[1];
    if (key === undefined) continue;
    await withLock(snapshotLock(key), options, async () => {
      await removeSnapshot(key);
      await removeLeftovers(key);
    });
  }
}

/** In one step for those who look: a folder that is there is whole. Forks of it go on, since they hold its files open. */
export async function removeSnapshot(key: string): Promise<void> {
  const gone = join(snapshotsDir(), `${snapshotTemporary(key)}${randomBytes(4).toString('hex')}`);
  try {
    await rename(join(snapshotsDir(), key), gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await removeTree(gone);
}

/** What a killed maker of this key left; the caller holds its lock. */
export async function removeLeftovers(key: string): Promise<void> {
  const names = (await namesIn(snapshotsDir())).filter((name) => name.startsWith(snapshotTemporary(key)));
  await Promise.all(names.map((name) => removeTree(join(snapshotsDir(), name))));
}

async function describe(key: string): Promise<StoredSnapshot> {
  const folder = join(snapshotsDir(), key);
  const files = await namesIn(folder);
  const stats = await Promise.all(files.map((name) => stat(join(folder, name))));
  // RAM that was never used takes no space.
  const sizeBytes = stats.reduce((sum, { blocks }) => sum + blocks * 512, 0);
  return { kind: 'snapshot', key, files, sizeBytes, usedAtEpochMs: (await stat(folder)).mtimeMs };
}

const namesIn = async (dir: string): Promise<string[]> => (await readdir(dir).catch(() => [])).sort();
