import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDeadline } from './deadline.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** When a wait of 1,000 ms ends on a host that keeps that share from the guest, during the first so many milliseconds. */
function endOf(kept: number, duringMs = Number.POSITIVE_INFINITY): number {
  const startedAtMs = performance.now();
  let endedAtMs: number | undefined;
  const hostKept = (sinceMs: number): number => kept * Math.min(performance.now() - sinceMs, duringMs);
  startDeadline(1_000, hostKept, () => {
    endedAtMs = performance.now();
  });
  vi.advanceTimersByTime(10_000);
  return (endedAtMs as number) - startedAtMs;
}

test.for([
  ['nothing', 0, 1_000],
  ['half', 0.5, 2_000],
  ['two thirds', 2 / 3, 3_000],
  ['nearly all', 0.99, 4_000],
  ['all', 1, 4_000],
] as const)('a host that keeps %s of the time from the guest', ([, kept, endMs]) => {
  const end = endOf(kept);
  expect(end).toBeGreaterThan(endMs - 30);
  expect(end).toBeLessThanOrEqual(endMs + 1);
});

test('what was kept is given back once', () => {
  expect(endOf(1, 500)).toBeCloseTo(1_500, -1);
});

test('a deadline that was stopped never comes, nor does one that was stopped while it went on', () => {
  const onExpired = vi.fn();
  startDeadline(1_000, undefined, onExpired)();
  const stop = startDeadline(1_000, () => 900, onExpired);
  vi.advanceTimersByTime(1_500);
  stop();
  vi.advanceTimersByTime(10_000);
  expect(onExpired).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a time that is longer than timers know does not end at once', () => {
  const onExpired = vi.fn();
  const stop = startDeadline(3_000_000_000, undefined, onExpired);
  vi.advanceTimersByTime(2_147_483_648);
  expect(onExpired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(900_000_000);
  expect(onExpired).toHaveBeenCalledOnce();
  stop();
});
