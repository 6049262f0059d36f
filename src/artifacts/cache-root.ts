import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { BringupError } from '../model/errors.ts';

/**
 * Where artifacts are kept: `$BRINGUP_CACHE`, else `bringup` below `$XDG_CACHE_HOME` or `~/.cache`.
 * @throws BringupError `cache-failed` where the path has white space in it.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const root = env.BRINGUP_CACHE ? resolve(env.BRINGUP_CACHE) : join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bringup');
  if (!/\s/.test(root)) return root;
  throw new BringupError('cache-failed', `the cache folder ${JSON.stringify(root)} has white space in its path, where make can’t build`, {
    hint: 'give BRINGUP_CACHE a path without.',
  });
}
