import { expect, test } from 'vitest';
import { boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import type { Machine } from '../src/harness/machine.ts';
import { judge } from '../src/phases/verdict.ts';
import { failureOf, patient, patientMs } from './broken-guest.ts';

const wait = { timeoutMs: patientMs } as const;

/** Boots a guest for a test; gives its events. */
async function withMachine(append: string[], use: (machine: Machine) => Promise<void>): Promise<HarnessEvent[]> {
  const events: HarnessEvent[] = [];
  const machine = await boot(patient, { append, observe: (event) => void events.push(event) });
  try {
    await use(machine);
  } finally {
    await machine[Symbol.asyncDispose]();
  }
  return events;
}

test('a panic that a check brings about is its report, and no failure', async () => {
  const events = await withMachine(['panic=-1'], async (machine) => {
    await machine.console.send('echo c > /proc/sysrq-trigger\n');
    const report = await machine.expectCrash(/sysrq triggered crash/, wait);
    expect(report).toMatchObject({ class: 'panic', severity: 'fatal', task: 'sh', frames: expect.arrayContaining(['__handle_sysrq']) });
    expect(report.text, 'whole').toMatch(/Call trace:\n[\s\S]*Memory Limit: /);
    await machine.exited;
    expect(await judge(machine, undefined)).toMatchObject({ outcome: 'PASS' });
    expect(await machine.expectCrash(/sysrq/, { timeoutMs: 1 }).catch(({ code }) => code), 'each once').toBe('guest-crash');
  });
  expect(events.at(-1)).toMatchObject({ type: 'machine.exited', reason: 'guest-reset', expected: true });
});

test('after a warning the machine goes on, and only what was expected is no failure', async () => {
  await withMachine([], async (machine) => {
    const warn = (name: string): string => `echo '<4>WARNING: CPU: 0 PID: 88 at kernel/some.c:12 ${name}+0x1c/0x40' > /dev/kmsg`;
    const coming = machine.expectCrash('warning', wait);
    await machine.shell.run(warn('first_function'));
    expect((await coming).title).toBe('WARNING in first_function');
    await machine.shell.run('true');
    expect(await judge(machine, undefined)).toMatchObject({ outcome: 'PASS' });
    await machine.shell.run(warn('second_function'));
    expect(await judge(machine, undefined)).toMatchObject({
      outcome: 'FAIL',
      cause: 'guest-crash',
      message: 'the kernel log has a report: WARNING in second_function',
    });
    expect((await machine.expectCrash(/second/, wait)).title, 'it came before').toBe('WARNING in second_function');
    expect(await judge(machine, undefined)).toMatchObject({ outcome: 'PASS' });
  });
});

test('another end of the machine is that end', async () => {
  const error = await failureOf(patient, {}, async (machine) => {
    const crash = machine.expectCrash(/NULL pointer/, wait);
    await machine.console.send('poweroff -f\n');
    await crash;
  });
  expect(error).toMatchObject({ code: 'guest-exit' });
  const other = await failureOf(patient, {}, async (machine) => {
    const crash = machine.expectCrash(/NULL pointer/, wait);
    await machine.console.send('echo c > /proc/sysrq-trigger\n');
    await crash;
  });
  expect(other).toMatchObject({ code: 'guest-crash', shortMessage: 'the guest crashed: panic: sysrq triggered crash' });
});

test('a crash that does not come is said so', async () => {
  const error = await failureOf(patient, {}, (machine) => machine.expectCrash('null-deref', { timeoutMs: 100 }));
  expect(error).toMatchObject({ code: 'expect-timeout', failureCause: 'assertion' });
  expect(error.shortMessage).toContain('no crash report null-deref came within 100 ms');
  expect(error.hint).toContain('crash reports so far: none');
});
