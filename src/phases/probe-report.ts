import assert from 'node:assert/strict';
import { ConsoleParser } from '../parsers/index.ts';
import type { CheckContext } from './define.ts';

/** What a probe printed: its results in order, its figures, and its own count of them. */
export interface ProbeReport {
  readonly results: readonly ProbeResult[];
  /** METRIC name -> value. */
  readonly metrics: ReadonlyMap<string, number>;
  /** From the completion record, the last line a probe prints. */
  readonly passed: number;
  readonly failed: number;
}

export interface ProbeResult {
  readonly id: string;
  readonly result: 'PASS' | 'FAIL' | 'SKIP';
  readonly reason: string | undefined;
}

/** What the ids of a probe's results begin with. */
export function resultPrefix(probeName: string): string {
  return `${probeName.replace('-', '.')}.`;
}

/** Matches a probe's completion record; what follows its last digit shows that the digit is the last. */
export function completionPattern(name: string): RegExp {
  return new RegExp(`^PROBE COMPLETE ${name} passed=(?<passed>\\d+) failed=(?<failed>\\d+)\\D`, 'm');
}

/**
 * Reads what a probe printed before its completion record, kernel messages between and in its lines taken out. Results
 * whose ids don't begin with `prefix` are not the probe's: kernels test themselves, too.
 */
export function readProbeReport(text: string, prefix: string, { passed, failed }: { passed: number; failed: number }): ProbeReport {
  const parser = new ConsoleParser({ metricDialect: 'integer' });
  const events = [...parser.push(Buffer.from(text)), ...parser.end()];
  const results = events
    .filter((event) => event.type === 'result')
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, result, reason }) => ({ id: name, result, reason }));
  const metrics = new Map(events.filter((event) => event.type === 'metric').map(({ name, value }) => [name, value]));
  return { results, metrics, passed, failed };
}

/**
 * Asserts that each result of `expected` is there once and PASS (SKIP too where `maySkip` has it), that there is no other,
 * and that the probe counted the same.
 * @throws AssertionError naming every result that is not so, with the probe's reason.
 */
export function assertAllPassed(report: ProbeReport, expected: readonly string[], maySkip: readonly string[] = []): void {
  const { results, passed, failed } = report;
  const wrong = results
    .filter(({ id, result }) => result === 'FAIL' || (result === 'SKIP' && !maySkip.includes(id)))
    .map(({ id, result, reason }) => `${id} is ${result}${reason === undefined ? '' : `: ${reason}`}`);
  for (const id of [...expected, ...maySkip]) {
    const count = results.filter((result) => result.id === id).length;
    if (count === 0) wrong.push(`${id} has no result`);
    if (count > 1) wrong.push(`${id} has ${count} results`);
  }
  for (const { id } of results) if (!expected.includes(id) && !maySkip.includes(id)) wrong.push(`${id} was not expected`);
  const count = (which: ProbeResult['result']): number => results.filter(({ result }) => result === which).length;
  if (count('PASS') !== passed || count('FAIL') !== failed) {
    wrong.push(`the probe counted ${passed} passed and ${failed} failed, the console shows ${count('PASS')} and ${count('FAIL')}`);
  }
  if (wrong.length > 0) assert.fail(wrong.join('; '));
}

/**
 * Records a probe's figures. `<name>_samples` says how many values `<name>` or `<name>_p<NN>`, one of their percentiles, was taken from, and is
 * no figure of its own.
 */
export function recordFigures(metrics: ProbeReport['metrics'], metric: CheckContext['metric']): void {
  for (const [name, value] of metrics) {
    if (name.endsWith('_samples')) continue;
    const percentile = /_p(\d+)$/.exec(name)?.[1];
    const samples = metrics.get(`${name.replace(/_p\d+$/, '')}_samples`);
    metric(
      name,
      value,
      samples === undefined ? undefined : { samples, ...(percentile !== undefined && { percentile: Number(percentile) }) },
    );
  }
}
