import { expect, test } from 'vitest';
import type { GuestResult } from '../model/mutants-report.ts';
import { judgeMutant } from './verdict.ts';

const mutant = { id: 'a0-getpid-two', phase: 'a0', fault: 'getpid answers 2', caughtBy: 'a0.init.getpid' };

function result(check: string, outcome: GuestResult['outcome'], cause: GuestResult['cause'] = null): GuestResult {
  return { check, outcome, cause, message: null, durationMs: 100 };
}

test('the expected check goes before others that fail as well', () => {
  const { caughtBy, cause, durationMs } = judgeMutant(mutant, [
    result('a0.exit.status', 'FAIL', 'guest-crash'),
    { ...result('a0.init.getpid', 'FAIL', 'assertion'), durationMs: 7 },
  ]);
  expect({ caughtBy, cause, durationMs }).toEqual({ caughtBy: 'a0.init.getpid', cause: 'assertion', durationMs: 7 });
});

test('another check of the phase catches what the expected one let pass', () => {
  expect(judgeMutant(mutant, [result('a0.init.getpid', 'PASS'), result('a0.exit.status', 'FAIL', 'guest-exit')]).caughtBy).toBe(
    'a0.exit.status',
  );
});

test.each([
  ['PASS', null],
  ['SKIP', null],
  ['MISS', 'harness-fault'],
  ['MISS', 'host-overload'],
  ['ERROR', 'broken-test'],
  ['FAIL', 'guest-slow'],
] as const)('%s (%s) catches nothing', (outcome, cause) => {
  expect(judgeMutant(mutant, [result('a0.init.getpid', outcome, cause)])).toMatchObject({ caughtBy: null, cause: null, durationMs: 100 });
});
