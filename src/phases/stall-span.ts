import type { CrashReport } from '../parsers/index.ts';

/** Where a report doesn't say how long: Linux's watchdogs wait for 20 s and more; half of that is time in which a starved guest gets nowhere. */
const mostMs = 10_000;
/** A shorter loss explains no stall. */
const leastMs = 2_000;

/** How the kernel says it: `stuck for 22s!`, `blocked for more than 120 seconds`, `(t=5250 jiffies` (at HZ 1000, the most there are). */
const durations = [
  { said: /\bstuck for (\d+)s!/, unitMs: 1_000 },
  { said: /\bblocked for more than (\d+) seconds/, unitMs: 1_000 },
  { said: /\(t=(\d+) jiffies/, unitMs: 1 },
];

/** How long a host must have kept a guest from running to explain its report of a stall, in milliseconds. */
export function stallSpanMs({ text }: Pick<CrashReport, 'text'>): number {
  for (const { said, unitMs } of durations) {
    const number = said.exec(text)?.[1];
    if (number !== undefined) return Math.min(mostMs, Math.max(leastMs, Number(number) * unitMs));
  }
  return mostMs;
}
