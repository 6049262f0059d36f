import { type Cause, causes, type Outcome, outcomes } from '../model/outcome.ts';
import type { CheckModel, RunModel } from './run-model.ts';
import { plural } from './text.ts';

/** What a run came to, in words; every report begins with it. */
export interface Verdict {
  /** The heaviest outcome; MISS where no check ran at all. */
  readonly outcome: Outcome;
  /** `2 failed, 1 without a result, 25 passed`. */
  readonly counts: string;
  /** `1 declared deviation, 2 tried more than once`; empty where there is nothing to note. */
  readonly notes: string;
  /** What the exit code says. */
  readonly meaning: string;
}

export const meaningOfExitCode: Readonly<Record<RunModel['exitCode'], string>> = {
  0: 'every check that ran passed',
  1: 'the kernel or a test is at fault',
  3: 'harness or host are at fault: no verdict on the kernel where a check is MISS',
};

export function verdictOf(model: RunModel): Verdict {
  const words: Readonly<Record<Outcome, string>> = {
    FAIL: `${model.counts.FAIL} failed`,
    ERROR: plural(model.counts.ERROR, 'broken test'),
    MISS: `${model.counts.MISS} without a result`,
    PASS: `${model.counts.PASS} passed`,
    DONE: `${model.counts.DONE} measured`,
    SKIP: `${model.counts.SKIP} skipped`,
  };
  const parts = outcomes.filter((outcome) => model.counts[outcome] > 0).map((outcome) => words[outcome]);
  const checks = checksOf(model);
  const deviations = checks.filter((check) => check.deviation !== null && check.outcome === 'SKIP').length;
  const again = checks.filter((check) => check.tries.length > 1).length;
  const notes = [deviations > 0 ? plural(deviations, 'declared deviation') : '', again > 0 ? `${again} tried more than once` : ''].filter(
    Boolean,
  );
  return {
    outcome: heaviest(model),
    counts: parts.length > 0 ? parts.join(', ') : 'no check ran',
    notes: notes.join(', '),
    meaning: meaningOfExitCode[model.exitCode],
  };
}

function heaviest({ counts, exitCode }: RunModel): Outcome {
  const present = outcomes.find((outcome) => counts[outcome] > 0) ?? 'MISS';
  // Errors outside the checks weigh too: then no passing check may name the run.
  const floor: Outcome = exitCode === 1 ? 'ERROR' : exitCode === 3 ? 'MISS' : 'SKIP';
  return outcomes.indexOf(present) <= outcomes.indexOf(floor) ? present : floor;
}

export function checksOf(model: RunModel): CheckModel[] {
  return model.phases.flatMap((phase) => phase.checks);
}

/** Whether a reader must look at the check. */
export function needsAttention({ outcome }: Pick<CheckModel, 'outcome'>): boolean {
  return outcome === 'FAIL' || outcome === 'ERROR' || outcome === 'MISS';
}

/** Checks that need attention, the heaviest outcome first, then by cause; within that in the run's order. */
export function rankedFailures(model: RunModel): CheckModel[] {
  return checksOf(model)
    .filter(needsAttention)
    .sort((a, b) => outcomes.indexOf(a.outcome) - outcomes.indexOf(b.outcome) || weightOfCause(a.cause) - weightOfCause(b.cause));
}

/** A crash says more than a failed assertion, so it comes first. */
const heavyCauses: readonly Cause[] = ['guest-crash', 'unexpected-reboot', 'guest-exit', 'guest-hang', 'guest-slow'];

function weightOfCause(cause: Cause | null): number {
  if (cause === null) return causes.length * 2;
  const heavy = heavyCauses.indexOf(cause);
  return heavy >= 0 ? heavy : causes.length + causes.indexOf(cause);
}
