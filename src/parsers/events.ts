import type { CrashReport, CrashStarted } from './crash.ts';

/** Where an event was read. */
export interface Position {
  /** Number of the line, from 1. */
  readonly line: number;
  /** Offset of the line's start in the raw input, in bytes. */
  readonly byteOffset: number;
}

/** A line that shows that a boot stage was reached. */
export interface MarkerBody {
  readonly type: 'marker';
  /** Id that the profile gives it, e.g. `mmu-on`. */
  readonly marker: string;
  readonly text: string;
}

/** SIS's `METRIC name=value`. */
export interface MetricBody {
  readonly type: 'metric';
  readonly name: string;
  /** The nearest double. */
  readonly value: number;
  /** The value's digits, where a double can't hold it exactly. */
  readonly exact?: string;
  readonly dialect: 'integer' | 'float';
}

/** A line that wants to be a METRIC and is none; what it holds is not a measurement. */
export interface InvalidMetricBody {
  readonly type: 'metric-invalid';
  readonly reason: string;
  readonly text: string;
}

/** A `[SUMMARY]` line over a metric's samples. */
export interface SummaryBody {
  readonly type: 'summary';
  readonly name: string;
  readonly count?: number;
  readonly unit?: string;
  /** Percentile (`50`, `95`, ...) -> value. */
  readonly percentiles: Readonly<Record<string, number>>;
}

export interface PromptBody {
  readonly type: 'prompt';
  readonly text: string;
}

/** One test's result as the guest prints it. */
export interface ResultBody {
  readonly type: 'result';
  readonly name: string;
  readonly result: 'PASS' | 'FAIL' | 'SKIP';
  readonly reason?: string;
}

/** The guest's own count of results. */
export interface ResultSummaryBody {
  readonly type: 'result-summary';
  /** What was counted, where the guest says (`GPIO`). */
  readonly name?: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly total: number;
}

export type LogLevel = 'emergency' | 'alert' | 'critical' | 'error' | 'warning' | 'notice' | 'info' | 'debug' | 'trace';

/** A kernel's log message. */
export interface LogBody {
  readonly type: 'log';
  readonly source: 'linux' | 'sis';
  readonly level?: LogLevel;
  /** The guest's clock. */
  readonly timestampMs?: number;
  readonly cpu?: number;
  readonly task?: number;
  /** The part of the kernel that speaks, where its own syntax tells (SIS's `net` or `AUTOCTL`). */
  readonly module?: string;
  readonly message: string;
}

/** Any other text, an empty line too. */
export interface TextBody {
  readonly type: 'text';
  readonly text: string;
}

/** What one line says. */
export type LineBody =
  | MarkerBody
  | MetricBody
  | InvalidMetricBody
  | SummaryBody
  | PromptBody
  | ResultBody
  | ResultSummaryBody
  | LogBody
  | TextBody;

/** Everything that console output is read as. */
export type ParserEvent = (LineBody & Position) | CrashStarted | CrashReport;
