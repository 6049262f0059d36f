import { countOutcomes, type OutcomeCounts } from '../model/outcome.ts';
import type { RunEvent, RunEventOf } from '../model/run-event.ts';
import { buildCheck, type CheckEvent } from './build-check.ts';
import type { CheckModel } from './check-model.ts';
import { completeRecord } from './complete-record.ts';

export type * from './check-model.ts';

/** The whole run as every report reads it: built once from the events, never changed. */
export interface RunModel {
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly argv: readonly string[];
  readonly shard: RunStarted['shard'];
  readonly profile: RunStarted['profile'];
  /** The fault that was seeded into the guest. */
  readonly mutant: NonNullable<RunStarted['mutant']> | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly artifacts: RunStarted['artifacts'];
  readonly host: RunStarted['host'];
  readonly phases: readonly PhaseModel[];
  readonly counts: OutcomeCounts;
  readonly exitCode: RunFinished['exitCode'];
  readonly durationMs: number;
  /** Faults outside any check. */
  readonly errors: RunFinished['errors'];
}

export interface PhaseModel {
  readonly id: string;
  readonly counts: OutcomeCounts;
  /** Sum over the checks, in milliseconds; with parallel checks more than what the clock shows. */
  readonly durationMs: number;
  readonly checks: readonly CheckModel[];
}

type RunStarted = RunEventOf<'run.started'>;
type RunFinished = RunEventOf<'run.finished'>;

/**
 * Builds the model from a record's events. A record that was interrupted is completed first, so that every check has a result.
 * Phases come in the run's order, checks by id (numbers by value): the order neither depends on shards nor on jobs.
 * @throws BringupError `record-invalid`, where events contradict each other.
 */
export function buildRunModel(events: readonly RunEvent[]): RunModel {
  const complete = completeRecord(events);
  const started = complete[0] as RunStarted;
  const finished = complete.at(-1) as RunFinished;
  const checks = [...eventsByCheck(complete).values()].map(buildCheck);
  const phaseIds = new Set([...started.phases, ...checks.map((check) => check.phase).sort(compareIds)]);
  return {
    runId: started.runId,
    startedAt: started.startedAt,
    argv: started.argv,
    shard: started.shard,
    profile: started.profile,
    mutant: started.mutant ?? null,
    versions: started.versions,
    artifacts: started.artifacts,
    host: started.host,
    phases: [...phaseIds].map((id) =>
      buildPhase(
        id,
        checks.filter((check) => check.phase === id),
      ),
    ),
    counts: finished.counts,
    exitCode: finished.exitCode,
    durationMs: finished.durationMs,
    errors: finished.errors,
  };
}

function buildPhase(id: string, checks: CheckModel[]): PhaseModel {
  return {
    id,
    counts: countOutcomes(checks.map((check) => check.outcome)),
    durationMs: checks.reduce((sum, check) => sum + check.durationMs, 0),
    checks: checks.sort((a, b) => compareIds(a.id, b.id)),
  };
}

const collator = new Intl.Collator('en', { numeric: true });

function compareIds(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}

function eventsByCheck(events: readonly RunEvent[]): Map<string, CheckEvent[]> {
  const byCheck = new Map<string, CheckEvent[]>();
  for (const event of events) {
    if (!('check' in event)) continue;
    const own = byCheck.get(event.check);
    if (own === undefined) byCheck.set(event.check, [event]);
    else own.push(event);
  }
  return byCheck;
}
