import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { type CacheEntry, readEntry, sealEntry } from './cache-entry.ts';
import { artifactsDir, lockName, removeTree, temporaryPrefix } from './cache-layout.ts';
import { withLock } from './lock.ts';

/** What a key is the digest of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Recipe extends ProvideOptions {
  /** What is made, as a folder's name, e.g. `busybox`. One artifact of a kind is made at a time. */
  kind: string;
  /** Raised whenever `build` does otherwise with the same inputs. */
  revision: number;
  /** All that the result depends on; the entry's key is the digest of kind, revision and inputs. */
  inputs: Json;
  /** Makes the files in an empty folder. Runs only where the cache lacks them or they are damaged. */
  build(dir: string): Promise<void>;
}

/**
 * Takes an artifact from the cache, or makes it. A build goes to a temporary folder and is renamed into place whole,
 * under a lock, so that nobody ever sees half of one; every use checks the files against their recorded digests.
 * @throws BringupError `cache-failed` where the cache can't be written; what `build` throws.
 */
export async function cached({ kind, revision, inputs, build, ...options }: Recipe): Promise<CacheEntry> {
  const kindDir = join(artifactsDir(), kind);
  const dir = join(kindDir, digest({ kind, revision, inputs }));
  const present = await readEntry(dir);
  if (present.state === 'whole') return present.entry;

  await makeWritable(kindDir);
  return withLock(join(kindDir, lockName), options, async () => {
    const now = await readEntry(dir);
    if (now.state === 'whole') return now.entry;
    if (now.state === 'damaged') {
      options.onProgress?.(`${kind}: the cached copy is damaged (${now.reason}); making it again`);
      await removeTree(dir);
    }
    await removeLeftovers(kindDir);
    const temporary = await mkdtemp(join(kindDir, temporaryPrefix));
    try {
      await build(temporary);
      await sealEntry(temporary);
      await rename(temporary, dir);
    } finally {
      await removeTree(temporary);
    }
    const made = await readEntry(dir);
    if (made.state === 'whole') return made.entry;
    throw new BringupError('cache-failed', `${kind}: what was just made can’t be read back from the cache`, {
      hint: 'check the disk that holds the cache, or set BRINGUP_CACHE.',
    });
  });
}

/** What a builder that was killed left behind; the lock says that none is at work. */
async function removeLeftovers(kindDir: string): Promise<void> {
  const names = await readdir(kindDir);
  await Promise.all(names.filter((name) => name.startsWith(temporaryPrefix)).map((name) => removeTree(join(kindDir, name))));
}

/** @throws BringupError `cache-failed` */
export async function makeWritable(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new BringupError('cache-failed', `the cache folder ${dir} can’t be made (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'give BRINGUP_CACHE a folder that you may write to.',
      cause: error,
    });
  }
}

export function digest(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
