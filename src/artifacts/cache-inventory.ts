import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { artifactsDir, lockName, manifestName, removeTree } from './cache-layout.ts';
import type { CachedArtifact } from './cached-artifact.ts';
import { withLock } from './lock.ts';
import { clearSnapshots, listSnapshots } from './snapshot-inventory.ts';

/** Everything in the cache, by kind and key; what is being made at the moment is not in it. */
export async function listCache(): Promise<CachedArtifact[]> {
  const found: CachedArtifact[] = [];
  for (const kind of await namesIn(artifactsDir())) {
    const kindDir = join(artifactsDir(), kind);
    for (const key of (await namesIn(kindDir)).filter((name) => !name.startsWith('.'))) {
      const files = (await namesIn(join(kindDir, key))).filter((name) => name !== manifestName);
      const sizes = await Promise.all(files.map(async (name) => (await stat(join(kindDir, key, name))).size));
      found.push({ kind, key, files, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) });
    }
  }
  return [...found, ...(await listSnapshots())];
}

/**
 * Empties the cache. It waits for builds to end, and leaves the locks: a lock that were removed while somebody waits
 * for it would be held twice.
 */
export async function clearCache(options: ProvideOptions = {}): Promise<void> {
  await clearSnapshots(options);
  for (const kind of await namesIn(artifactsDir())) {
    const kindDir = join(artifactsDir(), kind);
    await withLock(join(kindDir, lockName), options, async () => {
      for (const name of await namesIn(kindDir)) if (name !== lockName) await removeTree(join(kindDir, name));
    });
  }
}

const namesIn = async (dir: string): Promise<string[]> => (await readdir(dir).catch(() => [])).sort();
