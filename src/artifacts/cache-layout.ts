import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from './cache-root.ts';

/** `artifacts/<kind>/<key>/` holds one finished artifact; beside it a kind has its lock and what is being made. */
export const artifactsDir = (): string => join(cacheRoot(), 'artifacts');
/** `snapshots/<key>/` holds one frozen machine; beside it lie a lock for each key and what is being made. */
export const snapshotsDir = (): string => join(cacheRoot(), 'snapshots');
export const lockName = '.lock';
export const temporaryPrefix = '.tmp-';
/** In an entry: names, sizes and digests of its files. */
export const manifestName = 'manifest.json';

/** Removes a folder. A killed builder's children may still be writing to it for a moment, hence the tries. */
export const removeTree = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
