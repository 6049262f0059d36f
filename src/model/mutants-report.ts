import type { Cause, Outcome } from './outcome.ts';

/** What a check came to on one guest. */
export interface GuestResult {
  readonly check: string;
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  readonly message: string | null;
  readonly durationMs: number;
}

/** What a check came to on a mutant. */
export interface MutantCheck extends GuestResult {
  /** Whether it caught the fault: not every FAIL does. */
  readonly isCatch: boolean;
}

/** A seeded fault and what the checks made of it. */
export interface MutantResult {
  readonly id: string;
  /** The phase that must catch it. */
  readonly phase: string;
  /** What the guest does wrong, in a sentence. */
  readonly fault: string;
  /** The check that must catch it. */
  readonly expected: string;
  /** The check that caught it: the expected one, else the first of its phase; null where none did. */
  readonly caughtBy: string | null;
  /** Why that check failed. */
  readonly cause: Cause | null;
  /** Of the check that caught it, else of all that ran, in milliseconds. */
  readonly durationMs: number;
  /** Every check that ran on it. */
  readonly checks: readonly MutantCheck[];
}

/** A guest without a fault: what fails there was not caught but was broken before. */
export interface BaselineResult {
  readonly id: string;
  readonly title: string;
  readonly checks: readonly GuestResult[];
}

/** What `bringup mutants --json` prints. */
export interface MutantsReport {
  readonly mutants: readonly MutantResult[];
  readonly baselines: readonly BaselineResult[];
}

/** `lived`: checks ran to a result, none was a catch. `untried`: what could have caught it came to no result. */
export function fateOf({ caughtBy, checks }: MutantResult): 'caught' | 'lived' | 'untried' {
  if (caughtBy !== null) return 'caught';
  return checks.length === 0 || checks.some(hasNoResult) ? 'untried' : 'lived';
}

/** Whether the check says nothing about the guest. */
export function hasNoResult({ outcome }: GuestResult): boolean {
  return outcome === 'MISS' || outcome === 'ERROR';
}
