import { execa } from 'execa';
import { expect, test } from 'vitest';
import { outcomeOfCause } from '../src/model/outcome.ts';
import { check, definePhase } from '../src/phases/define.ts';
import { runCheck } from '../src/phases/run-check.ts';
import { failureOf, patient, patientMs } from './broken-guest.ts';

/** The descriptor that QEMU inherits for its serial line. */
const serialFd = 3;

/** Shuts QEMU's end of the serial line down from outside: QEMU lives on, its chardev ends (pidfd_open(2), pidfd_getfd(2), shutdown(2)). */
async function hangUp(pid: number): Promise<void> {
  const script = `my $qemu = syscall(434, ${pid}, 0); my $fd = syscall(438, $qemu, ${serialFd}, 0);
    $fd >= 0 or die "pidfd_getfd: $!"; open(my $line, "+<&=", $fd) or die $!; shutdown($line, 2) or die $!;`;
  await execa('perl', ['-e', script]);
}

test('a console that closes while QEMU lives on: waits end at once, MISS', async () => {
  const startedAtMs = performance.now();
  const error = await failureOf(patient, {}, async ({ console, pid }) => {
    const waiting = console.expect('what never comes', { timeoutMs: patientMs });
    waiting.catch(() => {});
    await hangUp(pid);
    await waiting;
  });
  expect(error).toMatchObject({ code: 'console-closed', failureCause: 'harness-fault', exitCode: 3 });
  expect(outcomeOfCause[error.failureCause]).toBe('MISS');
  expect(performance.now() - startedAtMs).toBeLessThan(patientMs / 4);
});

test('a check whose machine’s console closed is MISS, whatever the check makes of it', async () => {
  const phase = definePhase({
    id: 'x',
    title: 'x',
    source: 'x',
    machine: { init: 'shell' },
    checks: [
      check('x.closed', 'closed', { budgetMs: patientMs }, async ({ shell, machine }) => {
        const running = shell.run('sleep 600').then(
          () => 'ended',
          () => 'failed',
        );
        await hangUp(machine.pid);
        expect(await running).toBe('ended');
      }),
    ],
  });
  const run = { profile: patient, overrides: {}, record: () => {}, consoleLogPath: '/dev/null', machineId: 'machine' };
  const verdict = await runCheck(phase.checks[0] as never, run);
  expect(verdict).toMatchObject({
    outcome: 'MISS',
    cause: 'harness-fault',
    message: expect.stringMatching(/^the console (?:was closed|failed)/),
  });
});
