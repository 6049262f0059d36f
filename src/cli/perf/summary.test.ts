import { expect, test } from 'vitest';
import { comparisonLines, exitCodeOf } from './summary.ts';

const nothing = { compared: 58, changes: [], conditions: [], guest: [] };
const change = { name: 'perf_call_ns', vcpus: 1, baseline: 400, value: 404 };
const qemu = { name: 'qemu', baseline: '7.2.22', value: '8.2.0' };

test('nothing changed', () => {
  expect(comparisonLines(nothing)).toEqual(['all 58 figures are the baseline’s']);
  expect(exitCodeOf(nothing)).toBe(0);
});

test('another kernel with the same figures is no failure', () => {
  const same = { ...nothing, guest: [{ name: 'kernel', baseline: 'sha256 a', value: 'sha256 b' }] };
  expect(comparisonLines(same)).toEqual(['another kernel: was sha256 a, is sha256 b', 'all 58 figures are the baseline’s']);
  expect(exitCodeOf(same)).toBe(0);
});

test('a figure changed', () => {
  const changed = { ...nothing, changes: [change] };
  expect(comparisonLines(changed)).toEqual([
    'perf_call_ns with 1 vCPU: 400 -> 404 (+1.00 %)',
    '1 figures are not the baseline’s, of 58 that both have',
  ]);
  expect(exitCodeOf(changed)).toBe(1);
});

test('a figure changed under other conditions: nothing is known of the kernel', () => {
  const changed = { ...nothing, changes: [change], conditions: [qemu] };
  expect(comparisonLines(changed)[0]).toBe('another condition: qemu was 7.2.22, is 8.2.0');
  expect(comparisonLines(changed).at(-1)).toMatch(/^measured under other conditions/);
  expect(exitCodeOf(changed)).toBe(3);
});
