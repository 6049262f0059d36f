import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { cacheRoot } from '../src/artifacts/cache-root.ts';
import { planBoot } from '../src/harness/boot-plan.ts';

/** A cache that has the usual artifacts and no snapshot; only that of the snapshots is its own. */
export async function privateCache(): Promise<{ root: string; remove: () => Promise<void> }> {
  await planBoot(linuxArm64, {});
  const root = await mkdtemp(join(tmpdir(), 'bringup-cache-'));
  await symlink(join(cacheRoot(), 'artifacts'), join(root, 'artifacts'));
  return { root, remove: () => rm(root, { recursive: true }) };
}

/** Gives a test file such a cache, for itself and what it starts; `root()` is its folder while the tests run. */
export function usePrivateCache(): { root: () => string } {
  let cache: Awaited<ReturnType<typeof privateCache>>;
  beforeAll(async () => {
    cache = await privateCache();
    vi.stubEnv('BRINGUP_CACHE', cache.root);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await cache.remove();
  });
  return { root: () => cache.root };
}
