import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { kernelFault } from '../src/mutants/seeds.ts';
import { type Check, d } from '../src/phases/index.ts';
import { runCheck } from '../src/phases/run-check.ts';

// Linux is the reference, and fails this check by declared deviation: here it is taught what the check asks for.
const refused = d.checks.find(({ id }) => id === 'd.wx.refused') as Check;
const strict = { ...linuxArm64, deviations: {} };

const outcomeWith = (fault: string, profile = strict) =>
  runCheck(refused, { profile, overrides: {}, change: kernelFault(fault), record: () => {}, consoleLogPath: '/dev/null', machineId: 'm' });

test.concurrent('a kernel that refuses what can be written and executed passes', async () => {
  expect(await outcomeWith('write-or-execute')).toMatchObject({ outcome: 'PASS' });
});

test.concurrent('one that refuses it only when it is mapped, and not later, fails', async () => {
  const message = expect.stringMatching(/^d\.wx\.made-later is FAIL: expected an error, got 0$/);
  expect(await outcomeWith('write-or-execute-but-later')).toMatchObject({ outcome: 'FAIL', cause: 'assertion', message });
});

test.concurrent('Linux as it is fails at both, and a deviation that is no longer one is told', async () => {
  const both = expect.stringMatching(/d\.wx\.mapping is FAIL.*; d\.wx\.made-later is FAIL/);
  expect(await outcomeWith('none')).toMatchObject({ outcome: 'FAIL', message: both });
  expect(await outcomeWith('write-or-execute', linuxArm64)).toMatchObject({
    outcome: 'FAIL',
    message: expect.stringContaining('but the check passed'),
  });
});
