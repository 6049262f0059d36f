import type { GuestResult, MutantResult } from '../model/mutants-report.ts';
import type { Mutant } from './mutant.ts';

/** A FAIL that names its cause. `guest-slow` is a mere time-out: a slow host brings it about as well. */
export function isCatch({ outcome, cause }: Pick<GuestResult, 'outcome' | 'cause'>): boolean {
  return outcome === 'FAIL' && cause !== 'guest-slow';
}

/** What the checks that ran on a mutant, the expected one first, make of it. */
export function judgeMutant(
  { id, phase, fault, caughtBy: expected }: Omit<Mutant, 'change'>,
  checks: readonly GuestResult[],
): MutantResult {
  const ordered = [...checks].sort((a, b) => Number(b.check === expected) - Number(a.check === expected));
  const caught = ordered.find(isCatch);
  return {
    id,
    phase,
    fault,
    expected,
    caughtBy: caught?.check ?? null,
    cause: caught?.cause ?? null,
    durationMs: caught?.durationMs ?? checks.reduce((sum, { durationMs }) => sum + durationMs, 0),
    checks: ordered,
  };
}
