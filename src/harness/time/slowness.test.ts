import { expect, test } from 'vitest';
import { linuxArm64 } from '../../../kernel/linux-arm64/profile.ts';
import { measureSlowness, slowed, slowedProfile, slownessOf } from './slowness.ts';

test.for([
  [10, 1],
  [40, 1],
  [41, 1],
  [43, 1.1],
  [100, 2.5],
  [320, 8],
  [60_000, 8],
] as const)('work that took %i ms makes times %f times as long', ([tookMs, factor]) => {
  expect(slownessOf(tookMs)).toBe(factor);
});

test('a host’s slowness is measured in tenths, within its bounds', () => {
  const slowness = measureSlowness();
  expect(slowness).toBeGreaterThanOrEqual(1);
  expect(slowness).toBeLessThanOrEqual(8);
  expect(slowness).toBe(Math.round(slowness * 10) / 10);
});

test('all times of a profile are multiplied, and nothing else is changed', () => {
  const { timeouts, ...rest } = slowedProfile(linuxArm64, 2.5);
  const { bootMs, commandMs, shutdownMs } = linuxArm64.timeouts;
  expect(timeouts).toEqual({ bootMs: 2.5 * bootMs, commandMs: 2.5 * commandMs, shutdownMs: 2.5 * shutdownMs });
  expect({ ...rest, timeouts: linuxArm64.timeouts }).toEqual(linuxArm64);
  expect(slowed(2_147_483_647, 8)).toBe(2_147_483_647);
  expect(slowed(1_001, 1.1)).toBe(1_101);
});
