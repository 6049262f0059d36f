import { maxDelayMs } from '../../model/max-delay.ts';
import type { KernelProfile } from '../../model/profile.ts';

/** What the work took, in milliseconds, on the idle host for which the profiles' times were set (an AMD EPYC under Debian 12, Node 24). */
const referenceMs = 40;
const rounds = 3;
/** A host that is slower still is broken, and a check that fails there should not take all day. */
const greatest = 8;

/**
 * How much longer than on the reference host a fixed piece of work takes here and now, other load on the host included: 1 to 8, in
 * tenths. Integer arithmetic and small memory accesses, as QEMU's translated code mostly is; takes some 0.1 s.
 */
export function measureSlowness(): number {
  // The compiler's time is not the host's.
  timed();
  const times = Array.from({ length: rounds }, timed).sort((a, b) => a - b);
  return slownessOf(times[Math.floor(rounds / 2)] as number);
}

/** The factor for work that took this long. */
export function slownessOf(tookMs: number): number {
  return Math.min(greatest, Math.max(1, Math.round((tookMs / referenceMs) * 10) / 10));
}

/** A profile whose times are multiplied. */
export function slowedProfile(profile: KernelProfile, slowness: number): KernelProfile {
  const { bootMs, commandMs, shutdownMs } = profile.timeouts;
  return {
    ...profile,
    timeouts: { bootMs: slowed(bootMs, slowness), commandMs: slowed(commandMs, slowness), shutdownMs: slowed(shutdownMs, slowness) },
  };
}

/** A time in whole milliseconds, and never more than timers take. */
export function slowed(ms: number, slowness: number): number {
  return Math.min(Math.round(ms * slowness), maxDelayMs);
}

function timed(): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

function work(): number {
  const table = new Uint32Array(1 << 14);
  let state = 1;
  let sum = 0;
  for (let round = 0; round < 20_000_000; round++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const at = state >>> 18;
    table[at] = (table[at] as number) + state;
    sum ^= table[(at * 7) & 16_383] as number;
  }
  return sum;
}
