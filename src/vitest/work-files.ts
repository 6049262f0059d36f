import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventBodySchema, type RunEventBody } from '../model/run-event.ts';

/** An event of a check with the time it happened, in milliseconds since the run began. */
export interface TimedEvent {
  readonly atMs: number;
  readonly body: Extract<RunEventBody, { check: string }>;
}

/** Where a worker leaves what a test has to say. The worker may die: what it wrote before stays. */
export function eventsFile(workDir: string, test: string): string {
  return join(workDir, `${fileName(test)}.jsonl`);
}

export function consoleFile(workDir: string, test: string, machine: string): string {
  return join(workDir, `${fileName(test)}.${machine}.console`);
}

/** Appends an event in one write. */
export function leaveEvent(file: string, event: TimedEvent): void {
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** Reads and removes what a test left. A last line that was cut off with its worker's life is not an event. */
export function collectEvents(file: string): TimedEvent[] {
  if (!existsSync(file)) return [];
  const events: TimedEvent[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    try {
      const { atMs, body } = JSON.parse(line) as TimedEvent;
      const parsed = eventBodySchema.parse(body);
      if ('check' in parsed) events.push({ atMs, body: parsed });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  rmSync(file);
  return events;
}

/** Reads and removes a machine's raw console; undefined where none was begun. */
export function collectConsole(workDir: string, check: string, machine: string): Buffer | undefined {
  const file = consoleFile(workDir, check, machine);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

/** Ids may hold anything that a test's name may. */
export function fileName(id: string): string {
  const safe = id.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  return safe === id ? id : `${safe}-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
}
