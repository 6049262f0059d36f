import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { type Check, type CheckBody, check, definePhase } from '../src/phases/define.ts';
import { type CheckRun, runCheck } from '../src/phases/run-check.ts';

const run: CheckRun = { profile: linuxArm64, overrides: {}, record: () => {}, consoleLogPath: '/dev/null', machineId: 'm' };

function checkThat(title: string, body: CheckBody): Check {
  const { checks } = definePhase({ id: 'x', title, source: 'x', machine: { init: 'shell' }, checks: [check('x.only', title, {}, body)] });
  return checks[0] as Check;
}

test.concurrent('a check that the run interrupts is MISS, in its boot and in its body', async () => {
  const interrupt = new AbortController();
  const waits = checkThat('waits for ever', async ({ console, signal }) => {
    setTimeout(() => interrupt.abort(), 100);
    await console.expect('never', { timeoutMs: 60_000, signal });
  });
  const missed = { outcome: 'MISS', cause: 'harness-fault', message: expect.stringContaining('interrupted') };
  expect(await runCheck(waits, { ...run, signal: interrupt.signal })).toMatchObject(missed);
  expect(await runCheck(waits, { ...run, signal: interrupt.signal })).toMatchObject(missed);
});

test.concurrent('a check’s own deadline that passes is its failure', async () => {
  const waits = checkThat('waits a while', async ({ console }) => {
    await console.expect('never', { timeoutMs: 60_000, signal: AbortSignal.timeout(200) });
  });
  expect(await runCheck(waits, run)).toMatchObject({ outcome: 'FAIL', cause: 'assertion' });
});

test.concurrent('a check that passed proves nothing where its console could not be written', async () => {
  const passes = checkThat('passes', async () => {});
  expect(await runCheck(passes, { ...run, consoleLogPath: '/dev/full' })).toMatchObject({
    outcome: 'MISS',
    cause: 'harness-fault',
    message: expect.stringMatching(/^the console log could not be written: .*ENOSPC/),
  });
});
