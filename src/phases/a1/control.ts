import assert from 'node:assert/strict';
import { check } from '../define.ts';

/** Signals, jobs and the ways a machine ends. */
export const controlChecks = [
  check('a1.jobs.kill-term', 'a background job ends by SIGTERM: `kill -TERM %1; wait %1; echo $?` prints 143', async ({ shell }) => {
    // Interactive shells ignore SIGTERM, and BusyBox's jobs do until they have begun.
    await shell.run(`sh -c 'echo >/tmp/begun; exec sleep 10' &`);
    await shell.run('while [ ! -e /tmp/begun ]; do sleep 0.1; done');
    const { output } = await shell.run('kill -TERM %1; wait %1; echo $?');
    assert.match(output, /^143$/m, `a line 143 in: ${output}`);
  }),

  check('a1.tty.ctrl-c', 'Ctrl-C at the console ends the foreground command only, with 130', async ({ consoleShell, console, within }) => {
    await consoleShell.run('sleep 600 & background=$!');
    // Split words, so that no pattern matches the echo of what is typed.
    await console.sendLine('sh -c \'echo under""way; exec sleep 600\'');
    await console.expect('underway', within(10_000));
    await console.send('\x03');
    await console.sendLine('echo "status=$?"');
    // The line's end shows that the number is whole.
    const { groups } = await console.expect(/status=(?<status>\d+)\D/, within(10_000));
    assert.equal(groups.status, '130');
    assert.equal((await consoleShell.run('kill -0 $background; echo $?')).output, '0', 'the background command lives');
  }),

  check('a1.tty.controlling', 'the shell has a controlling terminal: /dev/tty is the console', async ({ consoleShell }) => {
    const { output, exitStatus } = await consoleShell.run('echo through""tty > /dev/tty');
    assert.equal(exitStatus, 0, `exit status of a write to /dev/tty, which printed: ${output}`);
    assert.equal(output, 'throughtty', 'what is written to /dev/tty appears on the console');
  }),

  check('a1.init.respawns-shell', 'PID 1 is an init: a shell that ends is started anew, with the same terminal', async (context) => {
    const { consoleShell, console, profile, within } = context;
    const { output: before } = await consoleShell.run('echo $$');
    // Split words, so that no pattern matches the echo of what is typed. Behind this one the next prompt is the new shell's.
    await console.sendLine('echo "going""away"; exit');
    await console.expect('goingaway', within(10_000));
    await console.expect(profile.prompt, within(20_000));
    await console.sendLine('echo "new""shell=$$ parent=$PPID="; echo > /dev/tty && echo "its""tty"');
    const { groups } = await console.expect(/newshell=(?<pid>\d+) parent=(?<parent>\d+)=/, within(10_000));
    assert.notEqual(groups.pid, before, 'the new shell is another process');
    assert.equal(groups.parent, '1', 'the new shell is a child of PID 1');
    await console.expect('itstty', within(10_000));
  }),

  check('a1.poweroff.psci', '`poweroff` reaches PSCI: QEMU reports a shutdown by the guest', async ({ machine, console, within }) => {
    await console.sendLine('poweroff');
    const { exitCode } = await machine.endsBy('guest-shutdown', within(20_000));
    assert.equal(exitCode, 0);
  }),

  check('a1.reboot.psci', '`reboot` reaches PSCI: QEMU reports a reset by the guest', async ({ machine, console, within }) => {
    await console.sendLine('reboot');
    await machine.endsBy('guest-reset', within(20_000));
  }),
];
