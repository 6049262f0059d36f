import type { BaselineResult, GuestResult, MutantResult } from '../model/mutants-report.ts';
import type { Mutant } from './mutant.ts';

/** The checks that passed on every guest without a fault: only their failures mean something. */
export function soundChecks(baselines: readonly BaselineResult[]): ReadonlySet<string> {
  const [first, ...others] = baselines.map(({ checks }) => checks.filter(({ outcome }) => outcome === 'PASS').map(({ check }) => check));
  return new Set(first?.filter((check) => others.every((passed) => passed.includes(check))));
}

/**
 * Whether the check has caught a fault: a FAIL that names its cause, of a check that passes without the fault. `guest-slow` is a mere
 * time-out, also that of a command that spins until Ctrl-C ends it: a slow host brings it about as well.
 */
export function isCatch({ check, outcome, cause }: GuestResult, sound: ReadonlySet<string>): boolean {
  return outcome === 'FAIL' && cause !== 'guest-slow' && sound.has(check);
}

/** What the checks that ran on a mutant make of it; the expected one comes first. */
export function judgeMutant(
  { id, phase, fault, caughtBy: expected }: Omit<Mutant, 'change'>,
  results: readonly GuestResult[],
  sound: ReadonlySet<string>,
): MutantResult {
  const checks = results
    .map((result) => ({ ...result, isCatch: isCatch(result, sound) }))
    .sort((a, b) => Number(b.check === expected) - Number(a.check === expected));
  const caught = checks.find((result) => result.isCatch);
  return {
    id,
    phase,
    fault,
    expected,
    caughtBy: caught?.check ?? null,
    cause: caught?.cause ?? null,
    durationMs: caught?.durationMs ?? checks.reduce((sum, { durationMs }) => sum + durationMs, 0),
    checks,
  };
}
