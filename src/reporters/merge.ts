import { isDeepStrictEqual } from 'node:util';
import { BringupError } from '../model/errors.ts';
import { type RunEvent, type RunEventOf, recordVersion } from '../model/run-event.ts';
import { completeRecord, runFinished } from './complete-record.ts';

type RunStarted = RunEventOf<'run.started'>;
type RunError = RunEventOf<'run.finished'>['errors'][number];

interface Part {
  readonly started: RunStarted;
  /** What lies between `run.started` and `run.finished`, with `atMs` since the merged run began. */
  readonly events: readonly RunEvent[];
  readonly errors: readonly RunError[];
  readonly endMs: number;
}

/**
 * Makes one record of a run's shards, equal to that of the whole run: events in the order they happened, counts and exit code of all.
 * Interrupted records are completed first; a shard that is missing is an error of the merged run (MISS), so that it can't pass unseen.
 * @throws BringupError `record-invalid`, where the records are not of one run: other profile or artifacts, a shard or a check twice.
 */
export function mergeRecords(records: readonly (readonly RunEvent[])[]): RunEvent[] {
  const complete = records.map(completeRecord).sort(compareRecords);
  const [only] = complete;
  if (only === undefined) throw new BringupError('usage', 'expected at least one record to merge, got none');
  if (complete.length === 1 && (only[0] as RunStarted).shard === null) return only;
  const firstStartMs = Math.min(...complete.map((events) => Date.parse((events[0] as RunStarted).startedAt)));
  const parts = complete.map((events) => toPart(events, firstStartMs));
  const starts = parts.map((part) => part.started);
  requireOneRun(starts);
  const events = parts.flatMap((part) => part.events);
  requireEachCheckOnce(events);
  // Each part is in order, and the sort is stable: so events of one check stay in order.
  events.sort((a, b) => a.atMs - b.atMs);
  const endMs = Math.max(...parts.map((part) => part.endMs));
  const results = events.flatMap((event) => (event.type === 'check.finished' ? [event.outcome] : []));
  const errors = [...parts.flatMap((part) => part.errors), ...missingShards(starts)];
  const merged: RunEvent[] = [
    mergeStarts(starts),
    ...events,
    { v: recordVersion, seq: 0, atMs: endMs, ...runFinished(results, errors, endMs) },
  ];
  return merged.map((event, seq) => ({ ...event, seq }));
}

/** So that the order in which records are named changes nothing. */
function compareRecords([a]: RunEvent[], [b]: RunEvent[]): number {
  const [one, two] = [a, b] as [RunStarted, RunStarted];
  const byShard = (one.shard?.index ?? 0) - (two.shard?.index ?? 0);
  return byShard || Date.parse(one.startedAt) - Date.parse(two.startedAt) || (one.runId < two.runId ? -1 : 1);
}

function toPart(events: readonly RunEvent[], firstStartMs: number): Part {
  const [started, finished] = [events[0], events.at(-1)] as [RunStarted, RunEventOf<'run.finished'>];
  const offsetMs = Date.parse(started.startedAt) - firstStartMs;
  return {
    started,
    events: events.slice(1, -1).map((event) => ({ ...event, atMs: event.atMs + offsetMs })),
    errors: finished.errors,
    endMs: finished.durationMs + offsetMs,
  };
}

function requireOneRun(starts: readonly RunStarted[]): void {
  const [first] = starts as [RunStarted];
  const seen = new Set<number>();
  for (const start of starts) {
    if (!isDeepStrictEqual(start.profile, first.profile)) throw notOneRun(`profiles ${first.profile.id} and ${start.profile.id} differ`);
    if (!isDeepStrictEqual(start.artifacts, first.artifacts))
      throw notOneRun(`kernel or initramfs of ${first.runId} and ${start.runId} differ`);
    if ((start.shard?.total ?? 0) !== (first.shard?.total ?? 0))
      throw notOneRun(`shard ${describeShard(start)} stands beside ${describeShard(first)}`);
    if (start.shard !== null && seen.has(start.shard.index)) throw notOneRun(`shard ${describeShard(start)} is there twice`);
    if (start.shard !== null) seen.add(start.shard.index);
  }
}

function requireEachCheckOnce(events: readonly RunEvent[]): void {
  const seen = new Set<string>();
  for (const event of events) {
    if (event.type !== 'check.finished') continue;
    if (seen.has(event.check)) throw notOneRun(`check ${event.check} has two results`);
    seen.add(event.check);
  }
}

function notOneRun(what: string): BringupError {
  return new BringupError('record-invalid', `expected records of one run, but ${what}`, {
    hint: 'merge the shards of one run, each once; render other runs apart.',
  });
}

function describeShard({ shard }: RunStarted): string {
  return shard === null ? 'a whole run' : `${shard.index}/${shard.total}`;
}

function missingShards(starts: readonly RunStarted[]): RunError[] {
  const total = starts[0]?.shard?.total ?? 0;
  const present = new Set(starts.map((start) => start.shard?.index));
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter((index) => !present.has(index));
  return missing.map((index) => ({
    cause: 'harness-fault',
    message: `the record of shard ${index}/${total} is missing; nothing is known about its checks`,
  }));
}

/** One start for all: the first shard's, without its share, hosts and versions that differ named side by side. */
function mergeStarts(starts: readonly RunStarted[]): RunStarted {
  const [first] = starts as [RunStarted];
  const programs = [...new Set(starts.flatMap((start) => Object.keys(start.versions)))];
  return {
    ...first,
    startedAt: starts.map((start) => start.startedAt).sort((a, b) => Date.parse(a) - Date.parse(b))[0] as string,
    argv: withoutShard(first.argv),
    phases: [...new Set(starts.flatMap((start) => start.phases))],
    shard: null,
    versions: Object.fromEntries(
      programs.map((program) => [program, sideBySide(starts.map((start) => start.versions[program] ?? 'none'))]),
    ),
    host: {
      os: sideBySide(starts.map((start) => start.host.os)),
      arch: sideBySide(starts.map((start) => start.host.arch)),
      cpus: Math.min(...starts.map((start) => start.host.cpus)),
      memoryMiB: Math.min(...starts.map((start) => start.host.memoryMiB)),
      slowness: Math.max(...starts.map((start) => start.host.slowness ?? 1)),
    },
  };
}

function sideBySide(values: readonly string[]): string {
  return [...new Set(values)].join(' and ');
}

function withoutShard(argv: readonly string[]): string[] {
  return argv.filter((argument, index) => !/^--shard(=|$)/.test(argument) && argv[index - 1] !== '--shard');
}
