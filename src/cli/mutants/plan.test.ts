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

test('what was not caught is tried with the rest of its phase, and so are the guests without a fault', () => {
  const [first] = mutants;
  const tried = [
    { check: 'a0.init.getpid', mutant: 'a0-one' },
    { check: 'a0.exit.status', mutant: 'a0-two' },
  ];
  const second = secondRound(first ? [first] : [], tried);
  const others = a0.checks.map(({ id }) => id).filter((id) => id !== 'a0.init.getpid');
  const checksOn = (guest: string) => second.filter(({ mutant }) => mutant === guest).map(({ check }) => check);
  expect(checksOn('a0-one')).toEqual(others);
  expect(checksOn('unmutated')).toEqual(others.filter((id) => id !== 'a0.exit.status'));
  expect(checksOn('control')).toEqual(checksOn('unmutated'));
});
