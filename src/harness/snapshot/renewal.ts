import { randomBytes } from 'node:crypto';

const seedBytes = 32;

/** Its name among the probes. */
export const renewalProgram = 'fork-renewal';

/**
 * The line that initramfs/probes/fork-renewal.c reads: a fresh seed, the time, a check (see there). The clock it sets is late by
 * the time that the line takes, some milliseconds.
 */
export function renewalLine(seed: Uint8Array = randomBytes(seedBytes), epochMs: number = Date.now()): string {
  const nanoseconds = BigInt(epochMs) * 1_000_000n;
  const text = Buffer.from(seed).toString('hex') + nanoseconds.toString(16).padStart(16, '0');
  const sum = Array.from(text, (digit) => digit.charCodeAt(0)).reduce((total, code) => total + code, 0);
  return text + sum.toString(16).padStart(8, '0');
}
