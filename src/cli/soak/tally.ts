import type { Cause, Outcome } from '../../model/outcome.ts';
import type { RunEvent } from '../../model/run-event.ts';

/** A check that did not pass in a round. */
export interface SoakFailure {
  /** From 0: `bringup run --iteration` takes it. */
  readonly iteration: number;
  readonly check: string;
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  readonly message: string | null;
}

/** What soak.json holds. */
export interface SoakReport {
  /** Rounds that have ended. */
  readonly iterations: number;
  /** How often each check came to each outcome, by its id. */
  readonly checks: Readonly<Record<string, Readonly<Partial<Record<Outcome, number>>>>>;
  /** In the order of their rounds; a check that SKIPs is none. */
  readonly failures: readonly SoakFailure[];
  /** Rounds whose record is not whole. */
  readonly lost: readonly number[];
}

export const noRounds: SoakReport = { iterations: 0, checks: {}, failures: [], lost: [] };

/** The report with one more round; `events` is undefined where there is no record of it. */
export function withRound(report: SoakReport, events: readonly RunEvent[] | undefined): SoakReport {
  const iteration = report.iterations;
  const finished = (events ?? []).filter((event) => event.type === 'check.finished');
  const checks: Record<string, Partial<Record<Outcome, number>>> = { ...report.checks };
  for (const { check, outcome } of finished) checks[check] = { ...checks[check], [outcome]: (checks[check]?.[outcome] ?? 0) + 1 };
  const failures = finished
    .filter(({ outcome }) => outcome !== 'PASS' && outcome !== 'SKIP' && outcome !== 'DONE')
    .map(({ check, outcome, cause, message }) => ({ iteration, check, outcome, cause, message }));
  const isWhole = events?.at(-1)?.type === 'run.finished';
  return {
    iterations: iteration + 1,
    checks,
    failures: [...report.failures, ...failures],
    lost: isWhole ? report.lost : [...report.lost, iteration],
  };
}

/** For people: what did not pass each time, and how often all did. */
export function summaryOf({ iterations, checks, failures, lost }: SoakReport): string {
  const lines = failures.map(
    ({ iteration, check, outcome, cause, message }) => `${outcome} ${check} in round ${iteration} (${cause}): ${message?.split('\n')[0]}`,
  );
  const broken = lost.map((iteration) => `round ${iteration} has no whole record`);
  const rounds = `${iterations} ${iterations === 1 ? 'round' : 'rounds'}`;
  const total = `${rounds} of ${Object.keys(checks).length} checks: ${failures.length} failures`;
  return [...lines, ...broken, total].map((line) => `${line}\n`).join('');
}
