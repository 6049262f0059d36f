import { expect, test } from 'vitest';
import { a0 } from '../../phases/index.ts';
import { firstRound, secondRound } from './plan.ts';

const mutants = ['a0-one', 'a0-two'].map((id) => ({ id, phase: 'a0', fault: '', caughtBy: 'a0.init.getpid', change: {} }));

test('first each mutant under its own check, and guests without a fault under the same checks, each once', () => {
  expect(firstRound(mutants, false)).toEqual([
    { check: 'a0.init.getpid', mutant: 'unmutated' },
    { check: 'a0.init.getpid', mutant: 'control' },
    { check: 'a0.init.getpid', mutant: 'a0-one' },
    { check: 'a0.init.getpid', mutant: 'a0-two' },
  ]);
});

test('the matrix is every guest under every check of the phase', () => {
  expect(firstRound(mutants, true)).toHaveLength(4 * a0.checks.length);
});

test('what was not caught is tried with the rest of its phase', () => {
  const [first] = mutants;
  const second = secondRound(first ? [first] : []);
  expect(second.map(({ check }) => check)).toEqual(a0.checks.map(({ id }) => id).filter((id) => id !== 'a0.init.getpid'));
  expect(new Set(second.map(({ mutant }) => mutant))).toEqual(new Set(['a0-one']));
});
