import { expect, test } from 'vitest';
import type { GuestResult } from '../model/mutants-report.ts';
import { judgeMutant, soundChecks } from './verdict.ts';

const mutant = { id: 'a0-getpid-two', phase: 'a0', fault: 'getpid answers 2', caughtBy: 'a0.init.getpid' };

const sound = new Set(['a0.init.getpid', 'a0.exit.status']);

function result(check: string, outcome: GuestResult['outcome'], cause: GuestResult['cause'] = null): GuestResult {
  return { check, outcome, cause, message: null, durationMs: 100 };
}

test('the expected check goes before others that fail as well', () => {
  const { caughtBy, cause, durationMs } = judgeMutant(
    mutant,
    [result('a0.exit.status', 'FAIL', 'guest-crash'), { ...result('a0.init.getpid', 'FAIL', 'assertion'), durationMs: 7 }],
    sound,
  );
  expect({ caughtBy, cause, durationMs }).toEqual({ caughtBy: 'a0.init.getpid', cause: 'assertion', durationMs: 7 });
});

test('another check of the phase catches what the expected one let pass', () => {
  expect(judgeMutant(mutant, [result('a0.init.getpid', 'PASS'), result('a0.exit.status', 'FAIL', 'guest-exit')], sound).caughtBy).toBe(
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
  expect(judgeMutant(mutant, [result('a0.init.getpid', outcome, cause)], sound)).toMatchObject({
    caughtBy: null,
    cause: null,
    durationMs: 100,
  });
});

test('a check that fails without a fault, or was not tried there, catches nothing', () => {
  const passed = [result('a0.init.getpid', 'PASS'), result('a0.exit.status', 'PASS'), result('a0.idle.wfi', 'MISS', 'harness-fault')];
  const failed = [result('a0.init.getpid', 'PASS'), result('a0.exit.status', 'FAIL', 'assertion')];
  const found = soundChecks([
    { id: 'unmutated', title: '', checks: passed },
    { id: 'control', title: '', checks: failed },
  ]);
  expect(found).toEqual(new Set(['a0.init.getpid']));
  const { caughtBy, checks } = judgeMutant(
    mutant,
    [result('a0.exit.status', 'FAIL', 'assertion'), result('a0.idle.wfi', 'FAIL', 'assertion')],
    found,
  );
  expect(caughtBy).toBeNull();
  expect(checks.map(({ isCatch }) => isCatch)).toEqual([false, false]);
});
