import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BringupError } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import { describeIssues } from '../model/profile.ts';
import { eventBodySchema, type RunEvent, type RunEventBody, type RunEventOf, recordVersion } from '../model/run-event.ts';
import { runFinished } from './complete-record.ts';
import { makeFolder } from './make-folder.ts';
import { bundlesFolder, recordFile, reportFiles } from './report-files.ts';

/** The writer adds `run.finished` itself, see `finish`. */
export type WritableEventBody = Exclude<RunEventBody, { type: 'run.finished' }>;

/**
 * Writes a run's record, `run.jsonl`. Each event is one synchronous write of one line: whatever kills the process, the lines
 * before are whole. A writer that is disposed before `finish`, or whose disk fails, leaves the record of an interrupted run.
 */
export class RecordWriter implements AsyncDisposable {
  readonly #elapsedMs: () => number;
  readonly #results: Outcome[] = [];
  #fd: number | undefined;
  #seq = 0;
  #sizeBytes = 0;
  #failure: BringupError | undefined;

  private constructor(fd: number, elapsedMs: () => number) {
    this.#fd = fd;
    this.#elapsedMs = elapsedMs;
  }

  /**
   * Begins a record in `dir`, which is made where it is missing. The record and the reports of an earlier run there are removed, so
   * that no old report can be taken for this run's.
   * @param elapsedMs Milliseconds since the run began. @default a monotonic clock that starts now
   * @throws BringupError as `makeFolder` does.
   */
  static open(dir: string, elapsedMs: () => number = stopwatch()): RecordWriter {
    makeFolder(dir);
    for (const name of [...Object.values(reportFiles), bundlesFolder]) rmSync(join(dir, name), { recursive: true, force: true });
    return new RecordWriter(openSync(join(dir, recordFile), 'w'), elapsedMs);
  }

  /**
   * Appends one event and returns it as written.
   * @param atMs When it happened, in milliseconds since the run began. @default now
   * @throws BringupError `harness-fault`, where the event does not match the record's format, the record is closed, or the disk has failed.
   */
  write(body: WritableEventBody, atMs = this.#elapsedMs()): RunEvent {
    const event = this.#append(body, atMs);
    if (body.type === 'check.finished') this.#results.push(body.outcome);
    return event;
  }

  /**
   * Ends the record: counts and exit code come from the checks written, and from `errors`, what went wrong outside any check.
   * @throws BringupError `harness-fault`, as `write` does.
   */
  finish(errors: RunEventOf<'run.finished'>['errors'] = []): RunEventOf<'run.finished'> {
    const elapsedMs = this.#elapsedMs();
    const event = this.#append(runFinished(this.#results, errors, elapsedMs), elapsedMs);
    this.#close();
    return event as RunEventOf<'run.finished'>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #append(body: RunEventBody, atMs: number): RunEvent {
    if (this.#failure) throw this.#failure;
    const result = eventBodySchema.safeParse(body);
    if (!result.success) throw new BringupError('harness-fault', `a ${body.type} event is not valid: ${describeIssues(result.error)}`);
    if (this.#fd === undefined) throw new BringupError('harness-fault', `a ${body.type} event came after the record was closed`);
    const event = { v: recordVersion, seq: this.#seq, atMs: round(Math.max(0, atMs)), ...result.data } as RunEvent;
    this.#writeWhole(this.#fd, Buffer.from(`${JSON.stringify(event)}\n`));
    this.#seq += 1;
    return event;
  }

  /** All of a line, or nothing and never again: a record with a gap would be none. */
  #writeWhole(fd: number, bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      this.#sizeBytes += bytes.length;
    } catch (error) {
      this.#failure = new BringupError('harness-fault', `the record could not be written on: ${(error as Error).message}`, {
        hint: 'is the disk full? What was recorded before is whole; the run goes no further.',
        cause: error,
      });
      cutTo(fd, this.#sizeBytes);
      throw this.#failure;
    }
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Takes back the line that was begun, where the disk lets us; a reader leaves out a last line that is cut. */
function cutTo(fd: number, sizeBytes: number): void {
  try {
    ftruncateSync(fd, sizeBytes);
  } catch {
    // The failure that led here says more.
  }
}

function stopwatch(): () => number {
  const startMs = performance.now();
  return () => performance.now() - startMs;
}

/** Microseconds are enough, and keep the lines short. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
