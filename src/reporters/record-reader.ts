import { createReadStream } from 'node:fs';
import { BringupError } from '../model/errors.ts';
import { parseRunEvent, type RunEvent } from '../model/run-event.ts';

export interface RunRecord {
  readonly events: readonly RunEvent[];
  /** Whether the last line was cut short, as in a killed run; it is not among the events. */
  readonly cut: boolean;
}

/**
 * Reads a whole record.
 * @throws BringupError `file-not-found`, `record-invalid`.
 */
export async function readRecord(path: string): Promise<RunRecord> {
  const events: RunEvent[] = [];
  const stream = streamRecord(path);
  for (;;) {
    const next = await stream.next();
    if (next.done) return { events, cut: next.value };
    events.push(next.value);
  }
}

/**
 * Reads a record event by event, in bounded memory; returns whether the last line was cut short.
 * @throws BringupError `file-not-found`; `record-invalid` for any other line that is not an event, and for a line that is missing.
 */
export async function* streamRecord(path: string): AsyncGenerator<RunEvent, boolean> {
  let seq = 0;
  for await (const { text, whole } of readLines(path)) {
    if (!whole && !isJson(text)) return true;
    const event = parseRunEvent(text, seq + 1);
    if (event.seq !== seq) {
      throw new BringupError('record-invalid', `line ${seq + 1} of the record: expected event ${seq}, got event ${event.seq}`, {
        hint: 'lines are missing or out of order; give the record as it was written.',
      });
    }
    seq += 1;
    yield event;
  }
  return false;
}

interface Line {
  readonly text: string;
  /** Whether it ended with a newline. */
  readonly whole: boolean;
}

/** Lines by \n only: node:readline also splits at U+2028, which JSON strings may hold. */
async function* readLines(path: string): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
        yield { text: Buffer.concat([...pending, chunk.subarray(from, end)]).toString(), whole: true };
        pending = [];
        from = end + 1;
      }
      if (from < chunk.length) pending.push(chunk.subarray(from));
    }
  } catch (error) {
    if (error instanceof BringupError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    const what = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read: ${(error as Error).message}`;
    throw new BringupError('file-not-found', `the record ${path} ${what}`, {
      hint: 'give a folder that `bringup run` wrote, or its run.jsonl.',
      cause: error,
    });
  }
  if (pending.length > 0) yield { text: Buffer.concat(pending).toString(), whole: false };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
