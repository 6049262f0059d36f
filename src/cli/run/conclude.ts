import { join } from 'node:path';
import { BringupError } from '../../model/errors.ts';
import type { RunEventOf } from '../../model/run-event.ts';
import { buildRunModel, type RecordWriter, type RunModel, readRecord, recordFile, renderReports } from '../../reporters/index.ts';

/** A run that is over. */
export interface Conclusion {
  /** What its record tells; undefined where that is gone. */
  readonly model: RunModel | undefined;
  readonly exitCode: 0 | 1 | 3;
  /** What kept record or reports from being whole; a run with any of them has not passed. */
  readonly losses: readonly string[];
}

/**
 * Ends a run's record and makes the reports of it, as far as the disk lets us. Where it failed meanwhile, or somebody removed the
 * folder, nothing but what is known already counts.
 */
export async function conclude(out: string, writer: RecordWriter, errors: RunEventOf<'run.finished'>['errors']): Promise<Conclusion> {
  const losses: string[] = [];
  const lost = (error: unknown): undefined => void losses.push(describeLoss(error));
  const finished = attempt(() => writer.finish(errors), lost);
  const record = await readRecord(join(out, recordFile)).catch(lost);
  const model = record && attempt(() => buildRunModel(record.events), lost);
  // What went wrong stands in the record, where there is one.
  if (!model) losses.unshift(...errors.map(({ message }) => message));
  else await renderReports(out, model).catch(lost);
  const exitCode = model?.exitCode ?? finished?.exitCode ?? 3;
  return { model, exitCode: exitCode === 0 && losses.length > 0 ? 3 : exitCode, losses };
}

/** Says why a report is not there. */
export function describeLoss(error: unknown): string {
  if (error instanceof BringupError) return error.message;
  return new BringupError('harness-fault', `the reports could not be written: ${(error as Error).message}`, {
    hint: 'is the disk full? `bringup report` makes them of the record, run.jsonl.',
    cause: error,
  }).message;
}

function attempt<T>(action: () => T, onError: (error: unknown) => undefined): T | undefined {
  try {
    return action();
  } catch (error) {
    return onError(error);
  }
}
