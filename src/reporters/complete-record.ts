import { BringupError } from '../model/errors.ts';
import { countOutcomes, exitCodeOfCounts, type Outcome, outcomeOfCause } from '../model/outcome.ts';
import { type RunEvent, type RunEventBody, type RunEventOf, recordVersion } from '../model/run-event.ts';
import { formatDuration } from './text.ts';

type RunError = RunEventOf<'run.finished'>['errors'][number];
type RunFinishedBody = Extract<RunEventBody, { type: 'run.finished' }>;

/** The last event of a run: counts and exit code from the checks' outcomes and from what went wrong outside of them. */
export function runFinished(results: Iterable<Outcome>, errors: readonly RunError[], durationMs: number): RunFinishedBody {
  const counts = countOutcomes(results);
  const withErrors = { ...counts };
  for (const { cause } of errors) withErrors[outcomeOfCause[cause]] += 1;
  return { type: 'run.finished', counts, exitCode: exitCodeOfCounts(withErrors), durationMs, errors: [...errors] };
}

/**
 * Closes a record: a check that started and never finished becomes MISS, and a record that just ends gets the
 * `run.finished` it lacks, with the interruption as an error. A whole record comes back with the same content.
 * @throws BringupError `record-invalid`, where the first event is not `run.started`.
 */
export function completeRecord(events: readonly RunEvent[]): RunEvent[] {
  if (events[0]?.type !== 'run.started') {
    throw new BringupError('record-invalid', `expected a record that begins with run.started, got ${events[0]?.type ?? 'an empty one'}`, {
      hint: 'the run ended before it began, or the file is not a record; run it again.',
    });
  }
  const last = events.at(-1) as RunEvent;
  const finished = last.type === 'run.finished' ? last : undefined;
  const atMs = last.atMs;
  const bodies = finished === undefined ? [...events] : events.slice(0, -1);
  for (const starts of unfinishedChecks(bodies)) bodies.push({ v: recordVersion, seq: bodies.length, atMs, ...interrupted(starts, atMs) });
  const results = bodies.flatMap((event) => (event.type === 'check.finished' ? [event.outcome] : []));
  const errors = finished?.errors ?? [interruption(atMs)];
  bodies.push({ v: recordVersion, seq: bodies.length, atMs, ...runFinished(results, errors, finished?.durationMs ?? atMs) });
  return bodies;
}

function interruption(atMs: number): RunError {
  return { cause: 'harness-fault', message: `the run was interrupted: its record ends after ${formatDuration(atMs)} without run.finished` };
}

/** The starts (one a try) of each check that has no result. */
function unfinishedChecks(events: readonly RunEvent[]): RunEventOf<'check.started'>[][] {
  const open = new Map<string, RunEventOf<'check.started'>[]>();
  for (const event of events) {
    if (event.type === 'check.started') open.set(event.check, [...(open.get(event.check) ?? []), event]);
    if (event.type === 'check.finished') open.delete(event.check);
  }
  return [...open.values()];
}

function interrupted(starts: readonly RunEventOf<'check.started'>[], endMs: number): Extract<RunEventBody, { type: 'check.finished' }> {
  const [first, last] = [starts[0], starts.at(-1)] as [RunEventOf<'check.started'>, RunEventOf<'check.started'>];
  const message = `the run was interrupted ${formatDuration(endMs - last.atMs)} after this check began`;
  const miss = { outcome: 'MISS', cause: 'harness-fault' } as const;
  return {
    type: 'check.finished',
    check: first.check,
    phase: first.phase,
    title: first.title,
    ...miss,
    message,
    hint: 'nothing is known about the kernel here; run the check again.',
    durationMs: endMs - first.atMs,
    consoleSha256: null,
    deviation: null,
    bundle: null,
    tries: starts.map((start, index) => {
      const end = starts[index + 1]?.atMs ?? endMs;
      return { ...miss, message: start === last ? message : 'tried again; why was not recorded', durationMs: end - start.atMs };
    }),
  };
}
