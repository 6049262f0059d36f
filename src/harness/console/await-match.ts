import { startDeadline } from '../time/deadline.ts';
import { abortError, type GuestWaitOptions } from '../wait.ts';
import type { CompiledPattern } from './pattern.ts';
import type { Found, WaitList } from './wait-list.ts';

interface Race<T> extends GuestWaitOptions {
  patterns: readonly CompiledPattern[];
  waits: WaitList;
  /** Aborted when no match can come any more, with the reason to reject with. */
  down: AbortSignal;
  /** Called while the match's text is still there. */
  onFound(found: Found): T;
  /** Gives what to reject with. */
  onTimeout(): unknown;
}

/** Waits for the first of: a match, the deadline, the caller's signal, the console's end. */
export function awaitMatch<T>({ patterns, waits, down, timeoutMs, signal, hostKept, onFound, onTimeout }: Race<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let stopDeadline = (): void => {};
  let isPending = true;
  let remove = (): void => {};
  const settle = (): void => {
    isPending = false;
    stopDeadline();
    signal?.removeEventListener('abort', onAbort);
    remove();
  };
  const fail = (error: unknown): void => {
    settle();
    reject(error);
  };
  const onAbort = (): void => fail(abortError(signal as AbortSignal, `waiting for ${patterns.map(({ label }) => label).join(' or ')}`));
  const expire = (): void => {
    waits.scan();
    if (!isPending) return;
    settle();
    Promise.resolve(onTimeout()).then(reject, reject);
  };

  if (signal?.aborted) {
    onAbort();
    return promise;
  }
  remove = waits.add({
    patterns,
    onFound: (found) => {
      settle();
      resolve(onFound(found));
    },
    onError: fail,
  });
  if (!isPending) return promise;
  if (down.aborted) fail(down.reason);
  else if (timeoutMs <= 0) expire();
  else {
    // A process that was stopped or starved wakes to its timers first: read what came meanwhile before giving up.
    stopDeadline = startDeadline(timeoutMs, hostKept, () => setImmediate(() => isPending && expire()));
    signal?.addEventListener('abort', onAbort, { once: true });
  }
  return promise;
}
