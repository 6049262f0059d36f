import assert from 'node:assert/strict';
import { check } from '../define.ts';

/** Single commands whose whole answer is known. */
export const commandChecks = [
  check('a1.ls.root', 'the root directory holds bin dev etc proc sbin sys tmp', async ({ shell }) => {
    const { output, exitStatus } = await shell.run('ls /', { captured: true });
    assert.equal(exitStatus, 0, `exit status of ls /, which printed: ${output}`);
    const names = output.split(/\s+/);
    for (const name of ['bin', 'dev', 'etc', 'proc', 'sbin', 'sys', 'tmp']) {
      assert.ok(names.includes(name), `ls / lists ${name}; it listed: ${names.join(' ')}`);
    }
  }),

  check('a1.echo.hi', '`echo hi` prints hi on the terminal', async ({ shell }) => {
    const { output, exitStatus } = await shell.run('echo hi');
    assert.equal(output, 'hi');
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
  }),

  check('a1.proc.cpuinfo', '/proc/cpuinfo names each processor once', async ({ shell, profile }) => {
    const { output, exitStatus } = await shell.run('cat /proc/cpuinfo', { captured: true });
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
    const numbers = [...output.matchAll(/^processor\s*:\s*(\d+)$/gm)].map((match) => Number(match[1]));
    assert.deepEqual(
      numbers,
      Array.from({ length: profile.vcpus }, (_, index) => index),
    );
  }),

  check('a1.ps.init', 'ps shows init as PID 1, and the shell', async ({ consoleShell }) => {
    const { output } = await consoleShell.run('ps', { captured: true });
    assert.match(output, /^\s*1\s.*\binit\b/m, `a line for PID 1, init, in: ${output}`);
    assert.match(output, /^\s*\d+\s.*\b(?:sh|ash)\b/m, `a line for the shell in: ${output}`);
    const parent = await consoleShell.run('awk \'$1 == "PPid:" { print $2 }\' /proc/$$/status', { captured: true });
    assert.equal(parent.output, '1', 'the shell is a child of PID 1');
  }),

  check('a1.sh.true', '`sh -c true` ends with 0', async ({ shell }) => {
    assert.equal((await shell.run('sh -c true')).exitStatus, 0);
    assert.equal((await shell.run('sh -c false')).exitStatus, 1);
  }),

  check('a1.sh.exit-42', "`sh -c 'exit 42'; echo $?` prints 42", async ({ shell }) => {
    assert.equal((await shell.run("sh -c 'exit 42'; echo $?")).output, '42');
    assert.equal((await shell.run("sh -c 'exit 42'")).exitStatus, 42);
    assert.equal((await shell.run('echo $?')).output, '42', 'the status carries over to the next command');
  }),

  check('a1.null.swallows', '/dev/null takes everything and is empty', async ({ shell }) => {
    const { output, exitStatus } = await shell.run('echo lost > /dev/null && wc -c < /dev/null', { captured: true });
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
    assert.equal(output.trim(), '0');
  }),

  check('a1.console.write', '`echo done > /dev/console` appears on the console', async ({ consoleShell }) => {
    const { output, exitStatus } = await consoleShell.run('echo done > /dev/console');
    assert.equal(output, 'done');
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
  }),

  check('a1.dmesg.tail', '`dmesg | tail -n 20` prints 20 kernel messages in order of time', async ({ shell }) => {
    const { output, exitStatus } = await shell.run('dmesg | tail -n 20', { captured: true });
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
    const lines = output.split('\n');
    assert.equal(lines.length, 20, `20 lines; got ${lines.length}`);
    const times = lines.map((line) => Number(/^\[ *(\d+\.\d+)\]/.exec(line)?.[1]));
    assert.ok(
      times.every((time, index) => time >= (times[index - 1] ?? 0)),
      `time stamps that don’t go back: ${times.join(' ')}`,
    );
  }),

  check('a1.dmesg.no-errors', 'the kernel’s log has no message of level err or worse, from the boot to the prompt', async ({ shell }) => {
    const { output, exitStatus } = await shell.run('dmesg -r', { captured: true });
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
    const levels = [...output.matchAll(/^<(\d+)>/gm)].map((match) => Number(match[1]) & 7);
    assert.ok(levels.length > 20, `levels in the log; got ${levels.length} in: ${output.slice(0, 500)}`);
    const errors = output.split('\n').filter((line) => /^<\d+>/.test(line) && (Number(/\d+/.exec(line)) & 7) <= 3);
    assert.deepEqual(errors, [], 'messages of level 0 to 3');
  }),

  check('a1.sleep.one-second', '`sleep 1` takes 1 s of guest time', async ({ shell, metric }) => {
    const { output } = await shell.run('cat /proc/uptime; sleep 1; cat /proc/uptime', { captured: true });
    const [before, after] = output.split('\n').map((line) => Number.parseFloat(line)) as [number, number];
    const seconds = after - before;
    assert.ok(Number.isFinite(seconds), `/proc/uptime begins with a number; got: ${output}`);
    metric('sleep_1s_guest_ms', Math.round(seconds * 1000));
    // /proc/uptime counts in hundredths. The guest may be late, never early.
    assert.ok(seconds >= 0.99 && seconds < 2, `between 0.99 s and 2 s; took ${seconds.toFixed(2)} s`);
  }),
];
