import { BringupError } from '../model/errors.ts';
import type { RunEvent, RunEventOf } from '../model/run-event.ts';
import type { CheckModel, MachineModel, TryModel } from './check-model.ts';
import { decodeConsole } from './console-record.ts';

export type CheckEvent = Extract<RunEvent, { check: string }>;

/**
 * Builds the model of one check from all of its events.
 * @throws BringupError `record-invalid`, where it has no result or two.
 */
export function buildCheck(events: readonly CheckEvent[]): CheckModel {
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
    diagnoses: ofType(events, 'diagnosis'),
    backtraces: ofType(events, 'backtraces'),
    console: console === undefined ? null : decodeConsole(console),
    exited: ofType(events, 'machine.exited').at(-1) ?? null,
  };
}

function ofType<T extends CheckEvent['type']>(events: readonly CheckEvent[], type: T): RunEventOf<T>[] {
  return events.filter((event): event is CheckEvent & RunEventOf<T> => event.type === type);
}
