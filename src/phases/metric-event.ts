import { BringupError } from '../model/errors.ts';
import type { RunEventBody } from '../model/run-event.ts';
import type { MetricDetails } from './define.ts';

type MetricEvent = Omit<Extract<RunEventBody, { type: 'metric' }>, 'check'>;

/** Ends of names that say a unit, before that of a percentile: `_ns`, `_bytes_per_s`, `_ns_p99`. */
const unitPattern = /(?:_(ns|us|ms|s|hz|bytes|kib|mib|percent))?(_per_s)?(?:_p\d+)?$/;

function unitOf(name: string): string | undefined {
  const [, unit, rate] = unitPattern.exec(name) ?? [];
  return rate === undefined ? unit : `${unit ?? '1'}/s`;
}

/**
 * A figure as the record keeps it; its unit is read off its name.
 * @throws BringupError `usage` where it is no number.
 */
export function metricEvent(name: string, value: number, details?: MetricDetails): MetricEvent {
  if (!Number.isFinite(value)) throw new BringupError('usage', `metric ${name}: expected a finite number, got ${value}`);
  const unit = unitOf(name);
  return { type: 'metric', name, value, ...(unit !== undefined && { unit }), ...details };
}
