import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where artifacts are kept: `$BRINGUP_CACHE`, else `bringup` below `$XDG_CACHE_HOME` or `~/.cache`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['BRINGUP_CACHE']) return resolve(env['BRINGUP_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'bringup');
}
