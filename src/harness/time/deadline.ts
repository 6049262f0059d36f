import { maxDelayMs } from '../../model/max-delay.ts';

/** Milliseconds since a time by `performance.now()` that the host kept from the guest. */
export type HostKept = (sinceMs: number) => number;

/** No wait takes more than this many times its time-out, however little the host left the guest. */
export const longestStretch = 4;

/** Timers are that coarse on a loaded host: less is not worth another one. */
const leastMs = 10;

/**
 * Calls back when a guest had that time, in milliseconds: what the host kept from it comes on top, up to four times the time in all.
 * Returns how to stop it.
 */
export function startDeadline(timeoutMs: number, hostKept: HostKept | undefined, onExpired: () => void): () => void {
  const startedAtMs = performance.now();
  const look = (): void => {
    const dueMs = Math.min(timeoutMs + (hostKept?.(startedAtMs) ?? 0), longestStretch * timeoutMs);
    const leftMs = startedAtMs + dueMs - performance.now();
    if (leftMs < leastMs) onExpired();
    else timer = setTimeout(look, Math.min(leftMs, maxDelayMs));
  };
  let timer = setTimeout(look, Math.min(timeoutMs, maxDelayMs));
  return () => clearTimeout(timer);
}
