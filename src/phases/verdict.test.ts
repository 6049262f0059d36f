import { AssertionError } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BringupError } from '../model/errors.ts';
import { judgeError, judgeLog, withDeviation } from './verdict.ts';

const stalls = [
  { class: 'soft-lockup', title: 'soft lockup in sh', text: 'watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:90]\n' },
  { class: 'rcu-stall', title: 'RCU stall (rcu_preempt)', text: 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n' },
  { class: 'hung-task', title: 'hung task: sh', text: 'INFO: task sh:88 blocked for more than 120 seconds.\n' },
];

test.for(stalls)('a kernel that reports a stall ($class) is blamed for it, unless the host starved it', (stall) => {
  const said = `the kernel reported a stall: ${stall.title}`;
  for (const lost of [0, 0.79])
    expect(judgeLog([stall], [], () => lost)).toMatchObject({ outcome: 'FAIL', cause: 'guest-hang', message: said });
  const starved = judgeLog([stall], [], (ms) => (ms === 10_000 ? 0.8 : 0));
  const message = `${said}, but the host kept 80 % of 10 s from it`;
  expect(starved).toMatchObject({ outcome: 'MISS', cause: 'host-overload', message });
  expect(judgeLog([stall], [stall.class])).toMatchObject({ outcome: 'PASS' });
});

test('a short stall is the host’s where that kept all of it', () => {
  const stall = { class: 'soft-lockup', title: 'soft lockup in sh', text: 'watchdog: BUG: soft lockup - CPU#0 stuck for 4s! [sh:90]\n' };
  expect(judgeLog([stall], [], (ms) => (ms <= 4_000 ? 0.9 : 0.4))).toMatchObject({ cause: 'host-overload' });
  expect(judgeLog([stall], [], (ms) => (ms <= 3_000 ? 0.9 : 0.4))).toMatchObject({ cause: 'guest-hang' });
});

test('any other report in the kernel’s log is FAIL, beside stalls too', () => {
  expect(judgeLog([...stalls, { class: 'warning', title: 'WARNING in f', text: '' }])).toMatchObject({
    outcome: 'FAIL',
    cause: 'guest-crash',
    message: 'the kernel log has a report: WARNING in f',
  });
  expect(judgeLog([]).outcome).toBe('PASS');
});

test('a boot that nobody asked for is named as what it is, unless a crash came before it', () => {
  const reboot = { class: 'unexpected-reboot', title: 'unexpected reboot', text: '' };
  expect(judgeLog([...stalls, reboot])).toMatchObject({ outcome: 'FAIL', cause: 'unexpected-reboot' });
  expect(judgeLog([reboot], [reboot.class]).outcome).toBe('PASS');
  expect(judgeLog([{ class: 'warning', title: 'WARNING in f', text: '' }, reboot]).cause).toBe('guest-crash');
});

test('reports of the classes that a check expects do not fail it, any other does', () => {
  const oom = { class: 'oom-kill', title: 'OOM kill of a1-pressure', text: '' };
  expect(judgeLog([oom], ['oom-kill']).outcome).toBe('PASS');
  expect(judgeLog([oom]).outcome).toBe('FAIL');
  expect(judgeLog([oom, { class: 'panic', title: 'panic' }], ['oom-kill'])).toMatchObject({ outcome: 'FAIL', cause: 'guest-crash' });
});

test('a deviation excuses a failed assertion', () => {
  const failed = judgeError(new AssertionError({ message: 'expected 1' }));
  expect(withDeviation(failed, 'no ones')).toEqual({ ...failed, outcome: 'SKIP', deviation: 'no ones' });
  expect(withDeviation(failed, undefined)).toEqual(failed);
  expect(withDeviation(judgeLog([]), 'no ones')).toMatchObject({ outcome: 'FAIL', message: expect.stringContaining('the check passed') });
});

test.for(['guest-hang', 'guest-exit', 'budget-exceeded'] as const)('a deviation excuses a %s', (code) => {
  const failed = judgeError(new BringupError(code, 'it ended'));
  expect(withDeviation(failed, 'no ones')).toEqual({ ...failed, outcome: 'SKIP', deviation: 'no ones' });
});

test.for(['guest-crash', 'unexpected-reboot'] as const)('a deviation excuses no %s', (code) => {
  const failed = judgeError(new BringupError(code, 'it ended'));
  const message = `it ended (the profile declares a deviation here (no ones), which excuses no ${code})`;
  expect(withDeviation(failed, 'no ones')).toEqual({ ...failed, outcome: 'FAIL', message, deviation: 'no ones' });
});

test('a deviation changes no verdict that is not the kernel’s', () => {
  for (const error of [new BringupError('qemu-exit', 'killed'), new TypeError('oh')]) {
    expect(withDeviation(judgeError(error), 'no ones')).toEqual(judgeError(error));
  }
});

test('an unexpected error is the test’s, and names no folder of the host', async () => {
  const error = await readFile(join(tmpdir(), 'no-such-folder', 'file')).catch((thrown: unknown) => thrown);
  const verdict = judgeError(error);
  expect(verdict).toMatchObject({ outcome: 'ERROR', cause: 'broken-test' });
  expect(verdict.message).toMatch(/^an unexpected error ended the check: Error: ENOENT: .* open 'file'$/);
  const { hint } = judgeError(Object.assign(new Error('x'), { stack: 'Error: x\n    at run (file:///home/me/a.ts:3:5)' }));
  expect(hint).toBe('it is no verdict on the kernel; it was thrown at run (a.ts:3:5).');
});
