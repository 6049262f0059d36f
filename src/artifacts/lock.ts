import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';

const patienceMs = 500;

/**
 * Does `body` while holding an exclusive lock on a file, which is made where it is missing. The lock is the kernel's
 * (flock(2), held by a flock(1) that lives as long as our end of a pipe), so it ends with its holder, whatever the
 * holder dies of, and it holds between containers that share a cache, where process ids would mean nothing.
 * @throws BringupError `aborted` while waiting, `requirement-missing` without flock(1), `cache-failed` where it can't lock.
 */
export async function withLock<T>(path: string, { signal, onProgress }: ProvideOptions, body: () => Promise<T>): Promise<T> {
  const holder = execa('flock', [path, 'sh', '-c', 'echo locked && exec cat'], { stdin: 'pipe', reject: false, buffer: { stdout: false } });
  const onAbort = () => holder.kill();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const locked = new Promise<'locked'>((resolve) => holder.stdout.once('data', () => resolve('locked')));
    const ended = holder.then(() => 'ended' as const);
    const first = await Promise.race([locked, ended, delay(patienceMs, 'waiting' as const, { ref: false })]);
    if (first === 'waiting') onProgress?.('waiting for the cache: an artifact of the same kind is being made');
    const second = first === 'waiting' ? await Promise.race([locked, ended]) : first;
    if (second === 'ended') throw lockError(path, await holder, signal);
    signal?.removeEventListener('abort', onAbort);
    return await body();
  } finally {
    signal?.removeEventListener('abort', onAbort);
    holder.stdin.end();
    await holder;
  }
}

function lockError(path: string, result: { code?: string; stderr?: unknown }, signal: AbortSignal | undefined): BringupError {
  if (signal?.aborted) return new BringupError('aborted', 'cancelled while waiting for the cache’s lock');
  if (result.code === 'ENOENT') {
    return new BringupError('requirement-missing', 'the program `flock` is not installed', { hint: 'install util-linux.' });
  }
  return new BringupError('cache-failed', `the cache can’t be locked (${path}): ${String(result.stderr).trim()}`, {
    hint: 'give BRINGUP_CACHE a folder that you may write to.',
  });
}
