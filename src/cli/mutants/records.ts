import { join } from 'node:path';
import type { GuestResult } from '../../model/mutants-report.ts';
import type { RunEventBody, RunEventOf } from '../../model/run-event.ts';
import { RecordWriter } from '../../reporters/index.ts';
import type { RecordPlace } from '../../vitest/record-reporter.ts';
import { conclude } from '../run/conclude.ts';

type RunStarted = Extract<RunEventBody, { type: 'run.started' }>;

/** A guest that checks run on; one without a fault is a baseline. */
export interface Guest {
  readonly id: string;
  readonly fault?: string;
}

/** A record for each guest, mutant or baseline, in a folder of its name; and what the checks came to on it. */
export class GuestRecords implements AsyncDisposable {
  readonly #places: ReadonlyMap<string, RecordPlace>;
  readonly #results = new Map<string, GuestResult[]>();

  constructor(out: string, started: RunStarted, guests: readonly Guest[], elapsedMs: () => number) {
    const open = ({ id, fault }: Guest): RecordPlace => {
      const outDir = join(out, id);
      const writer = RecordWriter.open(outDir, elapsedMs);
      writer.write({ ...started, ...(fault !== undefined && { mutant: { id, fault } }) });
      return { writer, outDir };
    };
    this.#places = new Map(guests.map((guest) => [guest.id, open(guest)]));
  }

  placeOf(guest: string): RecordPlace {
    return this.#places.get(guest) as RecordPlace;
  }

  take(guest: string, { check, outcome, cause, message, durationMs }: RunEventOf<'check.finished'>): void {
    this.#results.set(guest, [...this.resultsOf(guest), { check, outcome, cause, message, durationMs }]);
  }

  resultsOf(guest: string): readonly GuestResult[] {
    return this.#results.get(guest) ?? [];
  }

  /** Ends each record and makes its reports, as far as the disk lets us; gives what kept any from being whole, each once. */
  async finish(errors: RunEventOf<'run.finished'>['errors']): Promise<readonly string[]> {
    const losses = new Set<string>();
    for (const { writer, outDir } of this.#places.values()) {
      for (const loss of (await conclude(outDir, writer, errors)).losses) losses.add(loss);
    }
    return [...losses];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { writer } of this.#places.values()) await writer[Symbol.asyncDispose]();
  }
}
