import { expect, test } from 'vitest';
import { metricEvent } from './metric-event.ts';

test.each([
  ['getpid_ns', 'ns'],
  ['getpid_ns_p99', 'ns'],
  ['pipe_bytes_per_s', 'bytes/s'],
  ['forks_per_s_p50', '1/s'],
  ['mem_total_kib', 'kib'],
  ['cntfrq_hz', 'hz'],
  ['switches', undefined],
  ['answers', undefined],
])('%s has the unit %s', (name, unit) => {
  expect(metricEvent(name, 1).unit).toBe(unit);
});

test('what a figure was taken from is recorded with it', () => {
  expect(metricEvent('getpid_ns_p50', 310, { samples: 1000, percentile: 50 })).toEqual({
    type: 'metric',
    name: 'getpid_ns_p50',
    value: 310,
    unit: 'ns',
    samples: 1000,
    percentile: 50,
  });
});

test('a figure that is no number is refused', () => {
  expect(() => metricEvent('getpid_ns', Number.NaN)).toThrow('metric getpid_ns: expected a finite number, got NaN');
});
