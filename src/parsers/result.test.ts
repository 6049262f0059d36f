import { expect, test } from 'vitest';
import { parseResult } from './result.ts';
import { parseResultSummary, TestSummaryBlock } from './result-summary.ts';
import { linesOf } from './testing/replay.ts';

test.each([
  ['[PASS] gpio_init', 'gpio_init', 'PASS', undefined],
  ['[PASS] maps (anonymous)', 'maps (anonymous)', 'PASS', undefined],
  ['  [FAIL] mailbox (hardware error)', 'mailbox', 'FAIL', 'hardware error'],
  ['[FAIL] a (b) (c)', 'a (b)', 'FAIL', 'c'],
  ['[FAIL] (odd)', '(odd)', 'FAIL', undefined],
  ['[FAIL] mailbox', 'mailbox', 'FAIL', undefined],
  ['  [SKIP] pmu (not initialized)  ', 'pmu', 'SKIP', 'not initialized'],
  ['[CHECK] PASS: KERNEL(U)', 'KERNEL(U)', 'PASS', undefined],
  ['[CHECK] FAIL: GIC: ENABLE PPI27', 'GIC: ENABLE PPI27', 'FAIL', undefined],
  ['PASS: pipes', 'pipes', 'PASS', undefined],
  ['[✓] PASS: disk_full', 'disk_full', 'PASS', undefined],
  ['[✗] FAIL: Log regression detected', 'Log regression detected', 'FAIL', undefined],
  ['ok 1 - first', 'first', 'PASS', undefined],
  ['ok 2 second', 'second', 'PASS', undefined],
  ['not ok 3 - third', 'third', 'FAIL', undefined],
  ['ok 4', '4', 'PASS', undefined],
  ['ok 5 - fifth # SKIP no device', 'fifth', 'SKIP', 'no device'],
  ['ok 5 - fifth # skip', 'fifth', 'SKIP', undefined],
  ['not ok 6 - sixth # TODO later', 'sixth', 'SKIP', 'TODO later'],
  ['ok 7 - seventh # TODO later', 'seventh', 'PASS', undefined],
  ['ok 8 - issue \\#12', 'issue #12', 'PASS', undefined],
])('%s', (text, name, result, reason) => {
  expect(parseResult(text)).toEqual({ type: 'result', name, result, ...(reason === undefined ? {} : { reason }) });
});

test.each([
  'ok',
  'ok then',
  'ok 1st',
  'not ok',
  '# ok 1 - nested',
  '    ok 1 - nested',
  '[PASS]',
  '[FAILED] Failed to start a unit.',
  '[  OK  ] Started a unit.',
  'echo "[PASS] x"',
  'All tests PASSED',
  'BYPASS: valve',
])('no result: %s', (text) => expect(parseResult(text)).toBeUndefined());

test.each([
  ['Self-check complete: 7/8 tests passed', { passed: 7, failed: 1, skipped: 0, total: 8 }],
  ['  GPIO Summary: 4 passed, 1 failed, 2 skipped', { name: 'GPIO', passed: 4, failed: 1, skipped: 2, total: 7 }],
])('%s', (text, counts) => expect(parseResultSummary(text)).toEqual({ type: 'result-summary', ...counts }));

test('a count that cannot be is none', () => expect(parseResultSummary('Self-check complete: 9/8 tests passed')).toBeUndefined());

const block = (...texts: string[]) => {
  const summary = new TestSummaryBlock();
  return linesOf(...texts).flatMap((line) => summary.line(line) ?? []);
};

test('a summary block is counted, and placed at its first line', () => {
  const lines = ['x', 'Test Summary:', '------', '  Passed:  6', '  Failed:  1', '  Skipped: 1', '  Total:   8'];
  expect(block(...lines, 'Total: 9')).toEqual([
    { type: 'result-summary', line: 2, byteOffset: 2, passed: 6, failed: 1, skipped: 1, total: 8 },
  ]);
});

test('a block that breaks off is no summary', () => {
  expect(block('Test Summary:', '  Passed: 6', 'sis> help', '  Total: 8')).toEqual([]);
  expect(block('Passed: 6', 'Total: 8')).toEqual([]);
});
