import { expect } from 'vitest';
import { test } from './fixtures.ts';

/** Each leaves a machine that no other test could use. */
const spoilers: readonly { does: string; command: string; output: string }[] = [
  { does: 'fills /tmp', command: 'head -c 40m /dev/zero >/tmp/full; wc -c </tmp/full', output: '41943040' },
  { does: 'stops init', command: 'kill -STOP 1 && echo stopped', output: 'stopped' },
  { does: 'removes all programs', command: 'rm -rf /bin /sbin /usr; ls 2>/dev/null || echo gone', output: 'gone' },
  { does: 'sets the clock', command: 'date -s 2001-01-01 >/dev/null; date +%Y', output: '2001' },
  { does: 'uses up the process ids', command: 'echo 400 >/proc/sys/kernel/pid_max; cat /proc/sys/kernel/pid_max', output: '400' },
];

for (const { does, command, output } of spoilers) {
  test.concurrent(`one that ${does}`, async ({ shell }) => {
    expect((await shell.run(command)).output).toBe(output);
  });
  test.concurrent(`one beside the one that ${does}`, async ({ shell }) => {
    const { output: seen } = await shell.run(
      'ls /bin/sh; ls /tmp | wc -l; cat /proc/sys/kernel/pid_max; grep State /proc/1/status; date +%Y',
    );
    expect(seen).toBe(`/bin/sh\n0\n32768\nState:\tS (sleeping)\n${new Date().getUTCFullYear()}`);
  });
}

test('the shared machine keeps what one test leaves to the next', async ({ sharedMachine }) => {
  await sharedMachine.shell.run('left=here');
});

test('…which is this one; a fresh machine is another', async ({ sharedMachine, machine, snapshot }) => {
  expect((await sharedMachine.shell.run('echo $left')).output).toBe('here');
  expect((await machine.shell.run('echo [$left]')).output).toBe('[]');
  const third = await snapshot.fork();
  expect(new Set([third, machine, sharedMachine].map(({ pid }) => pid)).size).toBe(3);
  await third[Symbol.asyncDispose]();
});
