import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventBodySchema, type RunEventBody } from '../model/run-event.ts';

/** An event of a check with the time it happened, in milliseconds since the run began. */
export interface TimedEvent {
  readonly atMs: number;
  readonly body: Extract<RunEventBody, { check: string }>;
}

/** Name of a check's files in the work folder. */
export function workName({ check, mutant }: { check: string; mutant: string | null }): string {
  return mutant === null ? check : `${mutant}.${check}`;
}

/** Where a worker leaves what a test has to say. The worker may die: what it wrote before stays. */
export function eventsFile(workDir: string, test: string): string {
  return join(workDir, `${fileName(test)}.jsonl`);
}

export function consoleFile(workDir: string, test: string, machine: string): string {
  return join(workDir, `${fileName(test)}.${machine}.console`);
}

/** A clock that all processes of a host share and that nobody sets (clock_gettime(2), CLOCK_MONOTONIC), in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Takes a test's events, each in one write. */
export class EventLog {
  /** The first error of the disk; nothing is written after it, and the check's verdict can't be PASS. */
  error: Error | undefined;
  readonly #file: string;
  readonly #runStartedAtMs: number;

  /** `runStartedAtMs` is `monotonicMs()` when the run began. */
  constructor(file: string, runStartedAtMs: number) {
    this.#file = file;
    this.#runStartedAtMs = runStartedAtMs;
  }

  leave(body: TimedEvent['body']): void {
    if (this.error !== undefined) return;
    const event: TimedEvent = { atMs: Math.max(0, monotonicMs() - this.#runStartedAtMs), body };
    try {
      appendFileSync(this.#file, `${JSON.stringify(event)}\n`);
    } catch (error) {
      this.error = error as Error;
    }
  }
}

export interface CollectedEvents {
  readonly events: readonly TimedEvent[];
  /** Lines that hold no valid event: one where a worker died in the middle of a write. */
  readonly damaged: number;
}

/** Reads and removes what a test left. */
export function collectEvents(file: string): CollectedEvents {
  if (!existsSync(file)) return { events: [], damaged: 0 };
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  rmSync(file);
  const events = lines.flatMap((line) => readEvent(line) ?? []);
  return { events, damaged: lines.length - events.length };
}

function readEvent(line: string): TimedEvent | undefined {
  try {
    const { atMs, body } = JSON.parse(line) as TimedEvent;
    const parsed = eventBodySchema.safeParse(body);
    return parsed.success && 'check' in parsed.data ? { atMs, body: parsed.data } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads and removes a machine's raw console; undefined where none was begun. */
export function collectConsole(workDir: string, test: string, machine: string): Buffer | undefined {
  const file = consoleFile(workDir, test, machine);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

/** Leaves what passed on the segments of a check's lab, in place of what an earlier try left. */
export function leaveCaptures(workDir: string, test: string, captures: ReadonlyMap<string, Buffer>): void {
  for (const [segment, bytes] of captures) writeFileSync(join(workDir, captureName(test, segment)), bytes);
}

/** Reads and removes the captures that a test left, by their segments. */
export function collectCaptures(workDir: string, test: string): ReadonlyMap<string, Buffer> {
  if (!existsSync(workDir)) return new Map();
  const [begin, end] = captureName(test, '\0').split('\0') as [string, string];
  const found = readdirSync(workDir).flatMap((name) => {
    const segment = name.startsWith(begin) && name.endsWith(end) ? name.slice(begin.length, -end.length) : '';
    // A longer check's name has a dot there.
    return /^[a-z0-9-]+$/.test(segment) ? [[segment, join(workDir, name)] as const] : [];
  });
  return new Map(
    found.map(([segment, path]) => {
      const bytes = readFileSync(path);
      rmSync(path);
      return [segment, bytes];
    }),
  );
}

function captureName(test: string, segment: string): string {
  return `${fileName(test)}.${segment}.pcapng`;
}

/** Ids may hold anything that a test's name may. */
export function fileName(id: string): string {
  const safe = id.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  return safe === id ? id : `${safe}-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
}
