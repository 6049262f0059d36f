import { baselines } from '../../mutants/baselines.ts';
import type { Mutant } from '../../mutants/mutant.ts';
import { type Phase, phases } from '../../phases/index.ts';
import type { Target } from '../../vitest/settings.ts';

/**
 * The first round: each mutant under the check that must catch it, or under its whole phase; and the baselines, guests without a fault, under
 * every check that a mutant is tried with.
 */
export function firstRound(mutants: readonly Mutant[], matrix: boolean): Target[] {
  const seeded = mutants.flatMap((mutant) =>
    (matrix ? checksOf(mutant.phase) : [mutant.caughtBy]).map((check) => ({ check, mutant: mutant.id })),
  );
  const checks = [...new Set(seeded.map(({ check }) => check))];
  return [...baselines.flatMap(({ id }) => checks.map((check) => ({ check, mutant: id }))), ...seeded];
}

/** The second round: mutants that were not caught, under the rest of their phase; and the baselines, under what they were not tried with. */
export function secondRound(survivors: readonly Mutant[], tried: readonly Target[]): Target[] {
  const seeded = survivors.flatMap(({ id, phase, caughtBy }) =>
    checksOf(phase)
      .filter((check) => check !== caughtBy)
      .map((check) => ({ check, mutant: id })),
  );
  const known = new Set(tried.map(({ check }) => check));
  const checks = new Set(seeded.map(({ check }) => check).filter((check) => !known.has(check)));
  return [...baselines.flatMap(({ id }) => [...checks].map((check) => ({ check, mutant: id }))), ...seeded];
}

function checksOf(id: string): string[] {
  const phase = phases.find((each) => each.id === id) as Phase;
  return phase.checks.map((check) => check.id);
}
