/**
 * What a check came to, and why (words of KCIDB, https://docs.kernelci.org/kcidb/).
 */

/** Every outcome, heaviest first: the heaviest one present names a whole run. */
export const outcomes = ['FAIL', 'ERROR', 'MISS', 'PASS', 'DONE', 'SKIP'] as const;
export type Outcome = (typeof outcomes)[number];

/** Why a check was not PASS. */
export const causes = [
  'assertion',
  'guest-crash',
  'guest-hang',
  'guest-slow',
  'unexpected-reboot',
  'guest-exit',
  'qemu-exit',
  'host-overload',
  'harness-fault',
  'broken-test',
] as const;
export type Cause = (typeof causes)[number];

/** The outcome each cause leads to: only the guest's own faults count against the kernel. */
export const outcomeOfCause: Readonly<Record<Cause, Outcome>> = {
  assertion: 'FAIL',
  'guest-crash': 'FAIL',
  'guest-hang': 'FAIL',
  'guest-slow': 'FAIL',
  'unexpected-reboot': 'FAIL',
  'guest-exit': 'FAIL',
  'qemu-exit': 'MISS',
  'host-overload': 'MISS',
  'harness-fault': 'MISS',
  'broken-test': 'ERROR',
};

export type OutcomeCounts = Readonly<Record<Outcome, number>>;

export function countOutcomes(all: Iterable<Outcome>): OutcomeCounts {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const outcome of all) counts[outcome] += 1;
  return counts;
}

/**
 * Exit code of a run: 1 a check failed (FAIL or ERROR, also beside MISS), 3 infrastructure only (MISS, or no check
 * ran at all, so nothing is known about the kernel), 0 otherwise.
 */
export function exitCodeOfCounts(counts: OutcomeCounts): 0 | 1 | 3 {
  if (counts.FAIL + counts.ERROR > 0) return 1;
  const total = outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
  return counts.MISS > 0 || total === 0 ? 3 : 0;
}
