import { describe, expect, test } from 'vitest';
import { assertAllPassed, completionPattern, readProbeReport, recordFigures } from './probe-report.ts';

const lines = [
  '[PASS] a0.exit.zero',
  'METRIC exit_ticks=-12',
  '[FAIL] a0.exit.group (expected 0, got -38)',
  '[SKIP] a0.exit.late (no clock)',
];

function report(text: string, passed = 1, failed = 1) {
  return readProbeReport(text, 'a0.exit.', { passed, failed });
}

describe('reading', () => {
  test('results, reasons and metrics', () => {
    const { results, metrics } = report(`${lines.join('\n')}\n`);
    expect(results).toEqual([
      { id: 'a0.exit.zero', result: 'PASS', reason: undefined },
      { id: 'a0.exit.group', result: 'FAIL', reason: 'expected 0, got -38' },
      { id: 'a0.exit.late', result: 'SKIP', reason: 'no clock' },
    ]);
    expect([...metrics]).toEqual([['exit_ticks', -12]]);
  });

  test('a kernel message between a line’s text and its end changes nothing', () => {
    const torn = lines.map((line) => `${line}[    1.234567] random: crng init done\n\n`).join('');
    expect(report(torn)).toEqual(report(`${lines.join('\n')}\n`));
  });

  test('results that the kernel prints of its own are left out', () => {
    expect(report('[PASS] heap self-test\n[FAIL] a0.fork.zero\n[PASS] a0.exit.zero\n').results).toHaveLength(1);
  });
});

describe('the completion record', () => {
  const pattern = completionPattern('a0-exit');

  test.each([
    'PROBE COMPLETE a0-exit passed=4 failed=0\n',
    '[PASS] a0.exit.zero\nPROBE COMPLETE a0-exit passed=4 failed=0[    1.5] reboot: Power down\n',
  ])('is seen in %j', (text) => {
    expect(pattern.exec(text)?.groups).toEqual({ passed: '4', failed: '0' });
  });

  test.each([
    'PROBE COMPLETE a0-exit passed=4 failed=1',
    'PROBE COMPLETE a0-exit passed=4\n',
    'PROBE COMPLETE a0-other passed=4 failed=0\n',
    '# echo PROBE COMPLETE a0-exit passed=4 failed=0\n',
  ])('is not seen in %j', (text) => {
    expect(pattern.exec(text)).toBeNull();
  });
});

describe('judging', () => {
  const passing = '[PASS] a0.exit.zero\n[PASS] a0.exit.group\n';
  const both = ['a0.exit.zero', 'a0.exit.group'];

  test('all there once and PASS', () => {
    expect(() => assertAllPassed(report(passing, 2, 0), both)).not.toThrow();
  });

  test('SKIP is accepted only where it may be', () => {
    const skipping = report(`${passing}[SKIP] a0.exit.late (no clock)\n`, 2, 0);
    expect(() => assertAllPassed(skipping, both, ['a0.exit.late'])).not.toThrow();
    expect(() => assertAllPassed(skipping, [...both, 'a0.exit.late'])).toThrow('a0.exit.late is SKIP: no clock');
  });

  test.each([
    [
      'a FAIL with its reason',
      '[PASS] a0.exit.zero\n[FAIL] a0.exit.group (expected 0, got 1)\n',
      1,
      1,
      'a0.exit.group is FAIL: expected 0, got 1',
    ],
    ['a missing result', '[PASS] a0.exit.zero\n', 1, 0, 'a0.exit.group has no result'],
    ['a result twice', `${passing}[PASS] a0.exit.zero\n`, 3, 0, 'a0.exit.zero has 2 results'],
    ['a result nobody asked for', `${passing}[PASS] a0.exit.new\n`, 3, 0, 'a0.exit.new was not expected'],
    ['a count that differs', passing, 3, 0, 'the probe counted 3 passed and 0 failed, the console shows 2 and 0'],
  ])('%s is named', (_, text, passed, failed, message) => {
    expect(() => assertAllPassed(report(text, passed, failed), both)).toThrow(message);
  });
});

test('a figure takes its count of samples and its percentile along', () => {
  const recorded: unknown[] = [];
  const figures = new Map([
    ['getpid_ns_p50', 310],
    ['getpid_ns_p99', 900],
    ['getpid_ns_samples', 1000],
    ['switches', 12],
  ]);
  recordFigures(figures, (name, value, details) => recorded.push({ name, value, ...details }));
  expect(recorded).toEqual([
    { name: 'getpid_ns_p50', value: 310, samples: 1000, percentile: 50 },
    { name: 'getpid_ns_p99', value: 900, samples: 1000, percentile: 99 },
    { name: 'switches', value: 12 },
  ]);
});
