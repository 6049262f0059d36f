import { BringupError } from '../model/errors.ts';
import { type Cause, countOutcomes, type Outcome, type OutcomeCounts } from '../model/outcome.ts';
import type { RunEvent, RunEventOf } from '../model/run-event.ts';
import { completeRecord } from './complete-record.ts';
import { type ConsoleBytes, decodeConsole } from './console-record.ts';

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

export interface CheckModel {
  readonly id: string;
  readonly phase: string;
  readonly title: string;
  /** Where the criterion stands; null for a check that never started. */
  readonly source: string | null;
  readonly budgetMs: number | null;
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  readonly message: string | null;
  readonly hint: string | null;
  readonly durationMs: number;
  readonly deviation: string | null;
  readonly bundle: string | null;
  readonly consoleSha256: string | null;
  /** In order; the last one is the result. */
  readonly tries: readonly TryModel[];
}

export interface TryModel {
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  readonly message: string | null;
  readonly durationMs: number;
  readonly steps: readonly StepModel[];
  readonly metrics: readonly MetricModel[];
  /** In the order they started. */
  readonly machines: readonly MachineModel[];
}

export type StepModel = Omit<RunEventOf<'step'>, 'v' | 'seq' | 'type' | 'check'>;
export type MetricModel = Pick<RunEventOf<'metric'>, 'name' | 'value' | 'unit' | 'samples' | 'percentile'>;

export interface MachineModel {
  readonly id: string;
  /** Null where the record names the machine but not its start (a fork's parent, an interrupted run). */
  readonly started: RunEventOf<'machine.started'> | null;
  readonly markers: readonly RunEventOf<'boot.marker'>[];
  readonly crashes: readonly RunEventOf<'crash'>[];
  readonly console: ConsoleBytes | null;
  readonly exited: RunEventOf<'machine.exited'> | null;
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

type CheckEvent = Extract<RunEvent, { check: string }>;

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

function buildCheck(events: readonly CheckEvent[]): CheckModel {
  const [finished, second] = ofType(events, 'check.finished');
  if (finished === undefined || second !== undefined) {
    throw new BringupError(
      'record-invalid',
      `check ${events[0]?.check} has ${finished === undefined ? 'no result' : 'two results'}, expected one`,
      {
        hint: 'merge only the shards of one run, each once.',
      },
    );
  }
  const starts = ofType(events, 'check.started');
  const perTry = splitTries(events);
  return {
    id: finished.check,
    phase: finished.phase,
    title: finished.title,
    source: starts[0]?.source ?? null,
    budgetMs: starts[0]?.budgetMs ?? null,
    outcome: finished.outcome,
    cause: finished.cause,
    message: finished.message,
    hint: finished.hint,
    durationMs: finished.durationMs,
    deviation: finished.deviation,
    bundle: finished.bundle,
    consoleSha256: finished.consoleSha256,
    tries: finished.tries.map((result, index) => ({ ...result, ...buildTry(perTry.get(index + 1) ?? []) })),
  };
}

/** Events belong to the try that started last before them. */
function splitTries(events: readonly CheckEvent[]): Map<number, CheckEvent[]> {
  const tries = new Map<number, CheckEvent[]>();
  let current = 1;
  for (const event of events) {
    if (event.type === 'check.started') current = event.try;
    const own = tries.get(current);
    if (own === undefined) tries.set(current, [event]);
    else own.push(event);
  }
  return tries;
}

function buildTry(events: readonly CheckEvent[]): Pick<TryModel, 'steps' | 'metrics' | 'machines'> {
  const machineIds = new Set(events.flatMap((event) => ('machine' in event ? [event.machine] : [])));
  return {
    steps: ofType(events, 'step').map(({ v, seq, type, check, ...step }) => step),
    metrics: ofType(events, 'metric').map(({ v, seq, atMs, type, check, ...metric }) => metric),
    machines: [...machineIds].map((id) =>
      buildMachine(
        id,
        events.filter((event) => 'machine' in event && event.machine === id),
      ),
    ),
  };
}

function buildMachine(id: string, events: readonly CheckEvent[]): MachineModel {
  const console = ofType(events, 'console').at(-1);
  return {
    id,
    started: ofType(events, 'machine.started').at(-1) ?? null,
    markers: ofType(events, 'boot.marker'),
    crashes: ofType(events, 'crash'),
    console: console === undefined ? null : decodeConsole(console),
    exited: ofType(events, 'machine.exited').at(-1) ?? null,
  };
}

function ofType<T extends CheckEvent['type']>(events: readonly CheckEvent[], type: T): RunEventOf<T>[] {
  return events.filter((event): event is CheckEvent & RunEventOf<T> => event.type === type);
}
