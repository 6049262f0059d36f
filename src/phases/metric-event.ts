import { BringupError } from '../model/errors.ts';
import type { RunEventBody } from '../model/run-event.ts';
import type { MetricDetails } from './define.ts';

type MetricEvent = Omit<Extract<RunEventBody, { type: 'metric' }>, 'check'>;

/** Units that a metric's name may end with, before `_pNN` where it is a percentile; `_per_s` stands for a rate. */
const unitPattern = /_(ns|us|ms|s|hz|bytes|kib|mib|percent|per_s)(?:_p\d+)?$/;

/**
 * A figure as the record keeps it; its unit is read off its name.
 * @throws BringupError `usage` where it is no number.
 */
export function metricEvent(name: string, value: number, details?: MetricDetails): MetricEvent {
  if (!Number.isFinite(value)) throw new BringupError('usage', `metric ${name}: expected a finite number, got ${value}`);
  const unit = unitPattern.exec(name)?.[1]?.replace('per_s', '1/s');
  return { type: 'metric', name, value, ...(unit !== undefined && { unit }), ...details };
}
