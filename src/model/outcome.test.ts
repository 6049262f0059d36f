import { expect, test } from 'vitest';
import { causes, countOutcomes, exitCodeOfCounts, outcomeOfCause } from './outcome.ts';

test('the first six causes are the guest’s faults, QEMU, host and harness are infrastructure, a broken test is an error', () => {
  expect(causes.map((cause) => outcomeOfCause[cause])).toEqual([...Array(6).fill('FAIL'), 'MISS', 'MISS', 'MISS', 'ERROR']);
});

test.each([
  [['PASS', 'SKIP'], 0],
  [['PASS', 'MISS'], 3],
  [['FAIL', 'MISS'], 1],
  [['ERROR', 'PASS'], 1],
  [[], 3],
] as const)('outcomes %j give exit code %i', (all, exitCode) => {
  expect(exitCodeOfCounts(countOutcomes(all))).toBe(exitCode);
});
