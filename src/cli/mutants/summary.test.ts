import { expect, test } from 'vitest';
import type { GuestResult, MutantResult } from '../../model/mutants-report.ts';
import type { Outcome } from '../../model/outcome.ts';
import { judgeMutant } from '../../mutants/verdict.ts';
import { exitCodeOf, summaryLines } from './summary.ts';

function result(check: string, outcome: Outcome): GuestResult {
  const cause = outcome === 'FAIL' ? 'assertion' : outcome === 'MISS' ? 'harness-fault' : null;
  return { check, outcome, cause, message: outcome === 'PASS' ? null : `${check} said so`, durationMs: 1 };
}

function mutant(id: string, ...checks: GuestResult[]): MutantResult {
  return judgeMutant({ id, phase: 'a0', fault: `${id} is wrong`, caughtBy: 'a0.x.y' }, checks, new Set(['a0.x.y', 'a0.x.z']));
}

const caught = mutant('a0-caught', result('a0.x.y', 'FAIL'));
const lived = mutant('a0-lived', result('a0.x.y', 'PASS'), result('a0.x.z', 'PASS'));
const untried = mutant('a0-untried', result('a0.x.y', 'MISS'), result('a0.x.z', 'PASS'));
const elsewhere = mutant('a0-elsewhere', result('a0.x.y', 'PASS'), result('a0.x.z', 'FAIL'));
const healthy = { id: 'unmutated', title: 'the guest as it is', checks: [result('a0.x.y', 'PASS')] };
const sick = { id: 'control', title: 'no fault', checks: [result('a0.x.y', 'FAIL')] };

test.each([
  ['all caught', { mutants: [caught, elsewhere], baselines: [healthy] }, 0],
  ['one lived', { mutants: [caught, lived, untried], baselines: [healthy] }, 1],
  ['a guest without a fault failed', { mutants: [caught], baselines: [healthy, sick] }, 1],
  ['one could not be tried', { mutants: [caught, untried], baselines: [healthy] }, 3],
  ['no check ran on one', { mutants: [mutant('a0-alone')], baselines: [healthy] }, 3],
  ['a baseline could not be tried', { mutants: [caught], baselines: [{ ...healthy, checks: [result('a0.x.y', 'MISS')] }] }, 3],
])('%s', (_, report, exitCode) => {
  expect(exitCodeOf(report)).toBe(exitCode);
});

test('what lived, what another check caught and what failed without a fault is named, with counts', () => {
  const text = summaryLines({ mutants: [caught, lived, untried, elsewhere], baselines: [healthy, sick] }, 'out/index.html');
  expect(text.split('\n')).toEqual([
    'without a fault (control): a0.x.y failed: a0.x.y said so',
    'a0-elsewhere: expected a0.x.y to catch it, a0.x.z did',
    'a0-lived: lived: a0-lived is wrong',
    'a0-untried: could not be tried: a0-untried is wrong (a0.x.y: a0.x.y said so)',
    '2 of 4 mutants caught',
    'report: out/index.html',
    '',
  ]);
});
