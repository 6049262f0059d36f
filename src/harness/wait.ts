import { BringupError } from '../model/errors.ts';
import { maxDelayMs } from '../model/max-delay.ts';
import type { Cause } from '../model/outcome.ts';
import { type HostKept, startDeadline } from './time/deadline.ts';

export interface WaitOptions {
  /** Host time to wait, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** A wait on a guest. */
export interface GuestWaitOptions extends WaitOptions {
  /** What of the time the host keeps from the guest is added, up to four times the time in all. @default nothing is */
  hostKept?: HostKept | undefined;
}

/** A wait that ran out. */
export interface SpentWait {
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  /** What the guest was to have, in milliseconds. @default all of the time that passed */
  readonly timeoutMs?: number;
}

/** Finds out why a wait ran out, and gives the error to reject with. */
export type Explain = (error: BringupError, wait: SpentWait) => Promise<BringupError>;

/** The error an aborted wait rejects with: the signal's reason where it is one of ours. */
export function abortError(signal: AbortSignal, what: string): BringupError {
  if (signal.reason instanceof BringupError) return signal.reason;
  return new BringupError('aborted', `${what} was aborted`, { cause: signal.reason, failureCause: causeOf(signal.reason) });
}

/** Who aborts without a reason of ours is the test: by a deadline that it set (AbortSignal.timeout), or by its own doing. */
function causeOf(reason: unknown): Cause {
  return reason instanceof DOMException && reason.name === 'TimeoutError' ? 'assertion' : 'broken-test';
}

/** Settles like the promise, unless deadline or signal come first. The promise itself goes on. */
export function bounded<T>(promise: Promise<T>, what: string, options: GuestWaitOptions, onTimeout: () => BringupError): Promise<T> {
  const { timeoutMs, signal, hostKept } = options;
  return new Promise<T>((resolve, reject) => {
    const stopDeadline = startDeadline(timeoutMs, hostKept, () => settle(() => reject(onTimeout())));
    const onAbort = (): void => settle(() => reject(abortError(signal as AbortSignal, what)));
    const settle = (how: () => void): void => {
      stopDeadline();
      signal?.removeEventListener('abort', onAbort);
      how();
    };
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits at most that long; true when the promise settled in time. Never rejects. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.min(timeoutMs, maxDelayMs));
  });
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
