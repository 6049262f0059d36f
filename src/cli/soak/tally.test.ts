import { expect, test } from 'vitest';
import type { RunEvent } from '../../model/run-event.ts';
import { noRounds, summaryOf, withRound } from './tally.ts';

const finished = (check: string, outcome: string, message: string | null = null) =>
  ({ type: 'check.finished', check, outcome, cause: outcome === 'FAIL' ? 'assertion' : null, message }) as RunEvent;
const end = { type: 'run.finished' } as RunEvent;

test('rounds are counted by check and outcome, and each failure names its round', () => {
  const first = withRound(noRounds, [finished('b.x', 'PASS'), finished('b.y', 'SKIP'), end]);
  const second = withRound(first, [finished('b.x', 'FAIL', 'one\ntwo'), finished('b.y', 'SKIP'), end]);
  expect(second).toEqual({
    iterations: 2,
    checks: { 'b.x': { PASS: 1, FAIL: 1 }, 'b.y': { SKIP: 2 } },
    failures: [{ iteration: 1, check: 'b.x', outcome: 'FAIL', cause: 'assertion', message: 'one\ntwo' }],
    lost: [],
  });
  expect(summaryOf(second)).toBe('FAIL b.x in round 1 (assertion): one\n2 rounds of 2 checks: 1 failures\n');
});

test('a round without a whole record is lost, and what it has still counts', () => {
  const report = withRound(withRound(noRounds, undefined), [finished('b.x', 'PASS')]);
  expect(report).toMatchObject({ iterations: 2, lost: [0, 1], checks: { 'b.x': { PASS: 1 } } });
  expect(summaryOf(report)).toContain('round 0 has no whole record\nround 1 has no whole record\n');
});
