import { describe, expect, test } from 'vitest';
import { compareFigures, describeChange, type Figures, figuresSchema, updatedFigures } from './figures.ts';
import { digest, sampleConditions } from './testing/figures-sample.ts';

const baseline: Figures = {
  v: 1,
  conditions: sampleConditions,
  guest: { kernel: { version: '6.1', sha256: digest('a') }, initramfs: { sha256: digest('b') } },
  figures: { 1: { call_ns: 400, fork_ns: 90_000 }, 4: { call_ns: 410 } },
};

test('equal figures have no changes', () => {
  expect(compareFigures(baseline, structuredClone(baseline))).toEqual({ compared: 3, changes: [], conditions: [], guest: [] });
});

test('one digit is a change, new and missing figures are', () => {
  const figures = { 1: { call_ns: 401, pipe_ns: 5 }, 4: { call_ns: 410 } };
  expect(compareFigures(baseline, { ...baseline, figures })).toMatchObject({
    compared: 2,
    changes: [
      { name: 'call_ns', vcpus: 1, baseline: 400, value: 401 },
      { name: 'fork_ns', vcpus: 1, baseline: 90_000, value: null },
      { name: 'pipe_ns', vcpus: 1, baseline: null, value: 5 },
    ],
  });
});

test('only machines that were measured are compared; one that the baseline lacks has new figures', () => {
  const four = { ...baseline, figures: { 4: { call_ns: 410 } } };
  expect(compareFigures(baseline, four)).toMatchObject({ compared: 1, changes: [] });
  expect(compareFigures(four, baseline).changes.map(({ vcpus, baseline: before }) => [vcpus, before])).toEqual([
    [1, null],
    [1, null],
  ]);
});

test('what differs of guest and conditions is named', () => {
  const other: Figures = {
    ...baseline,
    conditions: { ...baseline.conditions, qemu: '8.2.0', memoryMiB: 512 },
    guest: { ...baseline.guest, kernel: { sha256: digest('c') } },
  };
  const { conditions, guest } = compareFigures(baseline, other);
  expect(conditions).toEqual([
    { name: 'qemu', baseline: '7.2.22', value: '8.2.0' },
    { name: 'memoryMiB', baseline: '256', value: '512' },
  ]);
  expect(guest).toEqual([{ name: 'kernel', baseline: '6.1, sha256 aaaaaaaaaaaa', value: 'sha256 cccccccccccc' }]);
});

describe('an update', () => {
  const four: Figures = { ...baseline, figures: { 4: { call_ns: 411 } } };

  test('keeps what was not measured again of the same guest', () => {
    expect(updatedFigures(baseline, four).figures).toEqual({ 1: baseline.figures[1], 4: { call_ns: 411 } });
  });

  test('drops what was measured of another guest, or under other conditions', () => {
    expect(updatedFigures({ ...baseline, guest: { ...baseline.guest, initramfs: { sha256: digest('c') } } }, four)).toBe(four);
    expect(updatedFigures({ ...baseline, conditions: { ...baseline.conditions, qemu: '8' } }, four)).toBe(four);
    expect(updatedFigures(undefined, four)).toBe(four);
  });
});

test.for([{}, { 1: {} }, { none: { call_ns: 1 } }, { 1: { call_ns: 1.5 } }])('figures that are none: %j', (figures) => {
  expect(figuresSchema.safeParse(baseline).success).toBe(true);
  expect(figuresSchema.safeParse({ ...baseline, figures }).success).toBe(false);
});

describe('a change in words', () => {
  test.for([
    [400, 404, '+1.00 %'],
    [400, 399, '-0.25 %'],
    [1_000_000, 1_000_001, '+0.00 %'],
    [0, 5, '+infinite %'],
    [null, 5, 'new'],
    [5, null, 'gone'],
  ] as const)('%s -> %s is %s', ([before, value, words]) => {
    expect(describeChange({ name: 'x', vcpus: 1, baseline: before, value })).toBe(words);
  });
});
