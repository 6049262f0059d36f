import { mkdtemp, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { digest, type Json, makeWritable } from './cache.ts';
import { removeTree, snapshotsDir } from './cache-layout.ts';
import { withLock } from './lock.ts';
import { evictSnapshots, removeLeftovers, removeSnapshot, snapshotLock, snapshotTemporary } from './snapshot-inventory.ts';

export interface SnapshotRecipe<T> extends ProvideOptions {
  /** All that the snapshot depends on; its key is the digest. */
  readonly inputs: Json;
  /** Takes it from its folder; `undefined` where a file is missing. */
  open(folder: string): Promise<T | { damage: string } | undefined>;
  /** Makes its files in an empty folder. Runs only where the store lacks them or they are damaged. */
  make(folder: string): Promise<void>;
}

/** The lock of those who add to the store; no snapshot's key. */
const evictionKey = 'eviction';
/** What all snapshots may take on the disk: some eighty of the usual machine. */
const defaultCapMiB = 4096;

/**
 * Takes a snapshot from the store on disk, or makes it: once, however many processes ask at the same time. Of those not in use the
 * ones go first that were not used for longest (`$BRINGUP_SNAPSHOTS_MIB`, @default 4096).
 * @throws BringupError `cache-failed` where the store can't be written; what `open` and `make` throw.
 */
export async function storedSnapshot<T>({ inputs, open, make, ...options }: SnapshotRecipe<T>): Promise<T> {
  const key = digest(inputs);
  const folder = join(snapshotsDir(), key);
  const opened = async (): Promise<T | { damage: string } | undefined> => {
    const found = await open(folder);
    if (isWhole(found)) await utimes(folder, new Date(), new Date()).catch(() => {});
    return found;
  };
  const present = await opened();
  if (isWhole(present)) return present;

  await makeWritable(snapshotsDir());
  return withLock(snapshotLock(key), options, async () => {
    const now = await opened();
    if (isWhole(now)) return now;
    if (now) options.onProgress?.(`the stored snapshot is damaged (${now.damage}); making it again`);
    await removeSnapshot(key);
    await removeLeftovers(key);
    const temporary = await mkdtemp(join(snapshotsDir(), snapshotTemporary(key)));
    try {
      await make(temporary);
      // One at a time: another process that makes room would take this one away before it is opened.
      const made = await withLock(snapshotLock(evictionKey), options, async () => {
        await rename(temporary, folder);
        const whole = await opened();
        await evictSnapshots(capBytes(), key);
        return whole;
      });
      if (isWhole(made)) return made;
    } finally {
      await removeTree(temporary);
    }
    throw new BringupError('cache-failed', 'the snapshot that was just made can’t be read back from the store', {
      hint: 'check the disk that holds the cache, or set BRINGUP_CACHE.',
    });
  });
}

function isWhole<T>(found: T | { damage: string } | undefined): found is T {
  return found !== undefined && !(found !== null && typeof found === 'object' && 'damage' in found);
}

/** @throws BringupError `usage` */
function capBytes(env: NodeJS.ProcessEnv = process.env): number {
  const text = env.BRINGUP_SNAPSHOTS_MIB ?? String(defaultCapMiB);
  if (/^\d{1,9}$/.test(text)) return Number(text) * 2 ** 20;
  throw new BringupError('usage', `BRINGUP_SNAPSHOTS_MIB: expected a number of MiB, got ${JSON.stringify(text)}`, {
    hint: `leave it unset for ${defaultCapMiB}.`,
  });
}
