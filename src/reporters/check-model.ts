import type { Cause, Outcome } from '../model/outcome.ts';
import type { RunEventOf } from '../model/run-event.ts';
import type { ConsoleBytes } from './console-record.ts';

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
  /** What was found out where waits ran out. */
  readonly diagnoses: readonly RunEventOf<'diagnosis'>[];
  readonly backtraces: readonly RunEventOf<'backtraces'>[];
  readonly console: ConsoleBytes | null;
  readonly exited: RunEventOf<'machine.exited'> | null;
}
