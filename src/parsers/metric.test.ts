import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MetricDialect, parseMetrics, parseSummary } from './metric.ts';
import { percentile } from './percentile.ts';

const brief = (text: string, dialect: MetricDialect) =>
  parseMetrics(text, dialect).map((body) => (body.type === 'metric' ? [body.name, body.value, body.dialect] : body.reason));

describe('dialects', () => {
  test.each<[string, unknown, unknown, unknown]>([
    [
      'METRIC cntfrq_hz=62500000',
      [['cntfrq_hz', 62500000, 'integer']],
      [['cntfrq_hz', 62500000, 'float']],
      [['cntfrq_hz', 62500000, 'integer']],
    ],
    [
      'METRIC A.b-c:d=-7  ',
      [['a.b-c:d', -7, 'integer']],
      ['expected METRIC name=number, the name of letters, digits and _'],
      [['a.b-c:d', -7, 'integer']],
    ],
    ['METRIC a=1.5e3', ['expected METRIC name=integer, alone on its line'], [['a', 1500, 'float']], [['a', 1500, 'float']]],
    [
      'METRIC a=1 METRIC b=2',
      ['more than one METRIC on the line'],
      [
        ['a', 1, 'float'],
        ['b', 2, 'float'],
      ],
      [
        ['a', 1, 'float'],
        ['b', 2, 'float'],
      ],
    ],
    ['text METRIC a=1', [], [['a', 1, 'float']], [['a', 1, 'float']]],
    ['METRIC a = 1', ['blanks around ='], ['blanks around ='], ['blanks around =']],
    ['METRIC a 1 12345', ['no = between name and value'], ['no = between name and value'], ['no = between name and value']],
    ['METRIC a=1-2', ['expected METRIC name=integer, alone on its line'], ['the value is not a number'], ['the value is not a number']],
    ['BIOMETRIC a=1', [], [], []],
    ['METRICS: STARTING', [], [], []],
    ['METRIC units are SI', [], [], []],
    ['metric a=1', [], [], []],
  ])('%s', (text, integer, float, any) => {
    expect(brief(text, 'integer')).toEqual(integer);
    expect(brief(text, 'float')).toEqual(float);
    expect(brief(text, 'any')).toEqual(any);
  });
});

test.each([
  ['9007199254740991', { value: 9007199254740991 }],
  ['9007199254740993', { value: 9007199254740992, exact: '9007199254740993' }],
  ['-9223372036854775808', { value: -(2 ** 63), exact: '-9223372036854775808' }],
  ['9223372036854775808', { reason: 'the value does not fit 64 bits, signed' }],
  ['0000000000000000000000000000000000000012', { value: 12 }],
])('an integer of 64 bits keeps its digits: %s', (digits, expected) => {
  const [body] = parseMetrics(`METRIC a=${digits}`, 'integer');
  expect(body).toMatchObject(expected);
  expect(body && 'exact' in body).toBe('exact' in expected);
});

test('every safe integer comes back as it was printed', () => {
  const property = fc.property(fc.maxSafeInteger(), (value) => {
    expect(parseMetrics(`METRIC a=${value}`, 'any')).toEqual([
      { type: 'metric', name: 'a', value: value === 0 ? 0 : value, dialect: 'integer' },
    ]);
  });
  fc.assert(property);
});

test.each([
  [
    '[SUMMARY] ctx_switch_ns: P50=2000 ns, P95=24000 ns, P99=49008 ns',
    { name: 'ctx_switch_ns', unit: 'ns', percentiles: { 50: 2000, 95: 24000, 99: 49008 } },
  ],
  ['[SUMMARY] real_ns: count=17 P50=1 ns, P99.9=13 ns', { name: 'real_ns', count: 17, unit: 'ns', percentiles: { 50: 1, 99.9: 13 } }],
  ['[SUMMARY] bare: P50=1', { name: 'bare', percentiles: { 50: 1 } }],
])('%s', (text, summary) => expect(parseSummary(text)).toEqual({ type: 'summary', ...summary }));

test.each(['[SUMMARY] none: nothing', '[SUMMARY]', 'x [SUMMARY] a: P50=1'])('no summary: %s', (text) =>
  expect(parseSummary(text)).toBeUndefined(),
);

describe('percentile', () => {
  test.each([
    [[5], 0, 5],
    [[5], 100, 5],
    [[3, 1, 2], 50, 2],
    [[10, 9, 1, 2], 50, 2],
    [[1, 2, 3, 4], 99, 3],
    [[1, 2, 3, 4], 100, 4],
    [[-1, -10, 2], 0, -10],
  ])('of %j at %i is %i', (samples, p, value) => expect(percentile(samples, p)).toBe(value));

  test('does not sort as text, and leaves the samples alone', () => {
    const samples = [100, 9, 20];
    expect(percentile(samples, 100)).toBe(100);
    expect(samples).toEqual([100, 9, 20]);
  });

  test.each([
    [[], 50],
    [[1], 101],
    [[1], -1],
    [[1], Number.NaN],
  ])('of %j at %d is refused', (samples, p) => expect(() => percentile(samples, p)).toThrow(RangeError));
});
