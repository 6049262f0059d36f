import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { linuxArm64, linuxArm64Virtio } from '../kernel/index.ts';
import { standardInitramfs, virtioSerialModules, withKernelModules, withPrograms } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import { FrozenMachine } from '../src/harness/snapshot/snapshot.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';
import type { KernelProfile } from '../src/model/profile.ts';

const profile = linuxArm64Virtio;
const withoutScript = withKernelModules(standardInitramfs({ remove: ['usr/bin/script'] }), virtioSerialModules);

test('the shell has a terminal of its own, with job control, and leaves the console alone', async () => {
  await using machine = await boot(profile);
  expect(machine.shellOn).toBe('virtio-serial');
  const { shell, consoleShell, console } = machine;
  expect((await shell.run('tty; tty -s <&1 && echo terminal; echo through""tty >/dev/tty')).output).toBe(
    '/dev/pts/0\nterminal\nthroughtty',
  );
  // BusyBox's shell ignores SIGTERM, and so does a job that has not begun yet.
  const job = `sh -c 'echo begun >begun; exec sleep 600'`;
  const killed = `cd /tmp; x=5; ${job} & while [ ! -s begun ]; do sleep 0.1; done; kill -TERM %1; wait %1; echo $?`;
  expect((await shell.run(killed)).output).toMatch(/^143$/m);
  const seenBytes = console.bytesReceived;
  const noise = '[    1.000000] this only looks like a kernel message';
  expect(await shell.run(`echo "${noise}"; echo "$x $PWD"`)).toMatchObject({ output: `${noise}\n5 /tmp`, kernelLog: [] });
  expect(console.bytesReceived, 'bytes on the console').toBe(seenBytes);

  expect((await consoleShell.run('tty; echo "<$x>"')).output).toBe('/dev/ttyAMA0\n<>');
  // A Ctrl-C that comes before the shell has started the program reaches none.
  await console.sendLine(`sh -c 'echo run""ning; exec sleep 600'`);
  await console.expect(/running\n/, { timeoutMs: 30_000 });
  await console.send('\x03');
  await console.sendLine('echo "status=$?"');
  await console.expect(/status=130\D/, { timeoutMs: 30_000 });
  await console.sendLine('exit');
  expect((await shell.run('echo "$x"')).output).toBe('5');
  expect(await machine.shutdown()).toBe('guest');
});

test('5 MB come exactly over the port, also when bytes of the shell’s jobs are in between', async () => {
  await using machine = await boot(profile);
  const { shell } = machine;
  const { output } = await shell.run('head -c 5000000 /dev/urandom >/tmp/file; sha256sum </tmp/file');
  await shell.run('(while :; do echo stray; usleep 1000; done) &');
  const startedAtMs = performance.now();
  const { bytes, resends } = await shell.run('cat /tmp/file', { captured: true });
  console.log(`5 MB over the port in ${Math.round(performance.now() - startedAtMs)} ms, ${resends} resends`);
  expect(bytes).toHaveLength(5_000_000);
  expect(`${createHash('sha256').update(bytes).digest('hex')}  -`).toBe(output);
});

test('bytes of other programs on the port are told from the output, which is asked for again', async () => {
  await using machine = await boot(profile);
  await machine.shell.run('port=$__bd');
  await machine.shell.run('echo earlier >$port', { captured: true });
  // What is between the header and the output spoils it once.
  await machine.shell.run(
    `mkdir /tmp/bin; cd /tmp/bin; PATH=/tmp/bin:$PATH; printf '#!/bin/sh\\necho spoilt; rm /tmp/bin/cat; exec cat "$@"' >cat; chmod +x cat`,
  );
  expect(await machine.shell.run('echo exact', { captured: true })).toMatchObject({ output: 'exact', resends: 1 });
});

test.for<[what: string, KernelProfile, why: RegExp]>([
  ['the driver', { ...linuxArm64, shellOn: 'virtio-serial' }, /no driver of virtio serial ports/],
  ['script(1)', { ...profile, initramfs: withoutScript }, /lacks setsid\(1\) or script\(1\)/],
])('where the guest lacks %s the shell stays on the console, and the record says why', async ([, lacking, why]) => {
  const steps: string[] = [];
  const machine = await boot(lacking, { observe: (event) => event.type === 'step' && steps.push(event.title) });
  try {
    expect(machine.shellOn).toBe('console');
    expect(steps).toEqual([expect.stringMatching(/^the shell stays on the console: /)]);
    expect(steps[0]).toMatch(why);
    expect((await machine.shell.run('tty')).output).toBe('/dev/ttyAMA0');
  } finally {
    await machine[Symbol.asyncDispose]();
  }
});

test('a crash or QEMU’s death during a command ends the command with that', async () => {
  await using crashing = await boot(profile);
  await expect(crashing.shell.run('echo c >/proc/sysrq-trigger; sleep 600')).rejects.toMatchObject({ code: 'guest-crash' });
  await using dying = await boot(profile);
  const running = dying.shell.run('echo begun >/dev/console; sleep 600', { timeoutMs: 60_000 });
  const ended = expect(running).rejects.toMatchObject({ code: 'qemu-exit' });
  await dying.console.expect('begun', { timeoutMs: 60_000 });
  process.kill(dying.pid, 'SIGKILL');
  await ended;
});

test('forks go on with the shell on channels of their own', async () => {
  const initramfs = withPrograms(profile.initramfs as ArtifactProvider, ['fork-renewal']);
  await using machine = await boot(profile, { initramfs, snapshots: true });
  await machine.shell.run('cd /tmp; name=before; sleep 600 &');
  await using snapshot = await machine.snapshot({ renewal: '/probes/fork-renewal' });
  expect(snapshot).toBeInstanceOf(FrozenMachine);
  await machine.shell.run('name=after');
  await using one = await snapshot.fork();
  await using two = await snapshot.fork();
  for (const fork of [one, two]) {
    expect(fork.shellOn).toBe('virtio-serial');
    expect(await fork.shell.run('kill -0 $! && echo $name $PWD')).toMatchObject({ output: 'before /tmp' });
    expect(await fork.shell.run('cat /proc/sys/kernel/random/uuid', { captured: true })).toMatchObject({ exitStatus: 0, resends: 0 });
    expect((await fork.consoleShell.run('tty')).output).toBe('/dev/ttyAMA0');
  }
  expect((await machine.shell.run('echo $name')).output).toBe('after');
});

test('a fork of a machine whose shell stayed on the console says so as well', async () => {
  await using machine = await boot({ ...linuxArm64, shellOn: 'virtio-serial' }, { snapshots: true });
  await using snapshot = await machine.snapshot();
  const events: HarnessEvent[] = [];
  await using fork = await snapshot.fork({ observe: (event) => events.push(event) });
  expect(fork.shellOn).toBe('console');
  expect((await fork.shell.run('echo hi')).output).toBe('hi');
  expect(events).toContainEqual(expect.objectContaining({ type: 'step', title: expect.stringContaining('stays on the console') }));
});
