import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { withPrograms } from '../src/artifacts/index.ts';
import { type BootOptions, boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import type { Snapshot } from '../src/harness/machine.ts';
import { FrozenMachine } from '../src/harness/snapshot/snapshot.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';
import { processesNaming } from './processes.ts';

const renewal = '/probes/fork-renewal';
const initramfs = withPrograms(linuxArm64.initramfs as ArtifactProvider, ['fork-renewal']);

async function frozen(options: BootOptions = {}): Promise<Snapshot> {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true, ...options });
  return await machine.snapshot({ renewal });
}

test.concurrent('a fork goes on where the machine was frozen, and so does the machine; neither sees the other', async () => {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true });
  await machine.shell.run('cd /tmp; name=before; set -- a b; echo first >file; sleep 1000 &');
  await using snapshot = await machine.snapshot({ renewal });
  await machine.shell.run('name=after; echo second >file');

  await using fork = await snapshot.fork();
  expect((await fork.shell.run('kill -0 $! && echo $name $PWD $2 $(cat file)')).output).toBe('before /tmp b first');
  await fork.shell.run('echo third >file');
  await using another = await snapshot.fork();
  expect((await another.shell.run('cat file')).output).toBe('first');
  expect((await machine.shell.run('echo $name; cat file')).output).toBe('after\nsecond');
  expect(fork.markers).toEqual(machine.markers);
}, 120_000);

test.concurrent('a machine that nobody used the shell of is frozen at its prompt, without renewal', async () => {
  await using machine = await boot(linuxArm64, { snapshots: true });
  await using snapshot = await machine.snapshot();
  await using fork = await snapshot.fork();
  expect((await fork.shell.run('echo hi')).output).toBe('hi');
  expect((await machine.shell.run('echo hi')).output).toBe('hi');
}, 120_000);

test.concurrent('a machine without a shell is frozen as it is', async () => {
  await using machine = await boot({ ...linuxArm64, shellDialect: 'none' }, { snapshots: true });
  await machine.console.expect(linuxArm64.prompt, { timeoutMs: 30_000 });
  await using snapshot = await machine.snapshot();
  await using fork = await snapshot.fork();
  await fork.console.sendLine('echo fork-$((40+2))');
  await fork.console.expect('fork-42', { timeoutMs: 10_000 });
}, 120_000);

test.concurrent('with 4 vCPUs: all of them run on, go off and come back, and power off', async () => {
  await using snapshot = await frozen({ vcpus: 4 });
  await using fork = await snapshot.fork();
  const spread = 'for cpu in 0 1 2 3; do taskset $((1 << cpu)) sh -c "echo \\$((20 + 22))"; done | uniq -c | tr -s " "';
  expect((await fork.shell.run(spread)).output).toBe(' 4 42');
  const cpu = '/sys/devices/system/cpu/cpu3/online';
  expect((await fork.shell.run(`echo 0 >${cpu}; nproc; echo 1 >${cpu}; nproc`, { captured: true })).output).toBe('3\n4');
  expect(await fork.shutdown()).toBe('guest');
}, 120_000);

test.concurrent('a fork’s crash and its power-off are told as any machine’s, and recorded', async () => {
  await using snapshot = await frozen();
  const events: HarnessEvent[] = [];
  await using crashing = await snapshot.fork({ id: 'second', observe: (event) => events.push(event) });
  await expect(crashing.shell.run('echo c >/proc/sysrq-trigger')).rejects.toMatchObject({ code: 'guest-crash' });
  await using ending = await snapshot.fork();
  await ending.console.sendLine('poweroff');
  expect(await ending.endsBy('guest-shutdown', { timeoutMs: 20_000 })).toMatchObject({ exitCode: 0 });
  await crashing[Symbol.asyncDispose]();
  expect(events[0]).toMatchObject({ type: 'machine.started', machine: 'second', isFork: true, memoryMiB: linuxArm64.memoryMiB });
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['step', 'crash', 'machine.exited']));
}, 120_000);

test.concurrent('a fork of a machine with a gdbstub has one of its own', async () => {
  await using snapshot = await frozen({ gdbstub: true });
  await using one = await snapshot.fork();
  await using two = await snapshot.fork();
  const stopped = await one.gdb.interrupt();
  expect((await two.shell.run('echo on')).output).toBe('on');
  expect(stopped.vcpus).toBe(1);
}, 120_000);

test.concurrent('what waits for a fork and dies is replaced, and disposing a snapshot ends it, but no fork', async () => {
  const snapshot = await frozen();
  const { ram } = (snapshot as FrozenMachine).parts.files;
  const own = `mem-path=${ram.path},`;
  await snapshot.warmUp();
  const [waiting] = await processesNaming(own);
  process.kill(waiting as number, 'SIGKILL');
  await using fork = await snapshot.fork();
  expect(fork.pid).not.toBe(waiting);
  await snapshot.warmUp();
  expect((await processesNaming(own)).length).toBeGreaterThan(1);
  await snapshot[Symbol.asyncDispose]();
  expect(await processesNaming(own)).toEqual([fork.pid]);
  expect((await fork.shell.run('echo on')).output).toBe('on');
  await expect(snapshot.fork()).rejects.toMatchObject({ code: 'disposed' });
}, 120_000);

/** The first byte of each of the disk's first three clusters of 64 KiB, as the guest reads them past its page cache. */
const readDisk = (disk: string) =>
  `echo 3 >/proc/sys/vm/drop_caches; for at in 0 1 2; do dd if=/dev/${disk} bs=64k skip=$at count=1 2>/dev/null | head -c 1 | tr '\\0' 0; done`;
const writeDisk = (text: string, at: number): string =>
  `for disk in vda vdb; do printf ${text} | dd of=/dev/$disk bs=64k seek=${at} conv=notrunc,fsync 2>/dev/null; done`;

test.concurrent('a fork’s disk is as it was frozen, its writes are its own, and the image stays as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bringup-disk,'));
  const path = join(folder, 'image');
  await writeFile(path, Buffer.alloc(2 ** 20, 'i'));
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true, disks: [{ path }, { sizeMiB: 1 }] });
  expect((await machine.shell.run(writeDisk('a', 0))).exitStatus).toBe(0);
  await using snapshot = await machine.snapshot({ renewal });
  await machine.shell.run(writeDisk('b', 0));
  await using one = await snapshot.fork();
  await using two = await snapshot.fork();
  await one.shell.run(`${writeDisk('c', 1)}; ${writeDisk('d', 2)}`);
  await two.shell.run(writeDisk('e', 2));
  const seen = await Promise.all(
    [machine, one, two].map(async ({ shell }) => (await shell.run(`${readDisk('vda')}; ${readDisk('vdb')}`)).output),
  );
  expect(seen).toEqual(['biib00', 'acdacd', 'aiea0e']);
  expect((await readFile(path)).equals(Buffer.alloc(2 ** 20, 'i'))).toBe(true);
  await rm(folder, { recursive: true });
}, 120_000);

test.concurrent('a state that QEMU can’t take is told with QEMU’s words', async () => {
  await using snapshot = await frozen();
  const { parts } = snapshot as FrozenMachine;
  const broken = new FrozenMachine({ ...parts, frozen: { ...parts.frozen, spec: { ...parts.frozen.spec, vcpus: 2 } } });
  await expect(broken.fork()).rejects.toMatchObject({ code: 'snapshot-failed', shortMessage: /did not take the frozen machine: .*\w/ });
}, 120_000);

test.concurrent('a machine with a device that can’t be frozen says so, and goes on', async () => {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true, disks: [{ sizeMiB: 1, interface: 'nvme' }] });
  await expect(machine.snapshot({ renewal })).rejects.toMatchObject({ code: 'snapshot-failed', shortMessage: /nvme/ });
  expect((await machine.shell.run('echo on')).output).toBe('on');
}, 120_000);

test.concurrent('a machine that was booted without can’t be frozen, and neither can a fork', async () => {
  await using machine = await boot(linuxArm64);
  await expect(machine.snapshot()).rejects.toMatchObject({ code: 'usage' });
  await using snapshot = await frozen();
  await using fork = await snapshot.fork();
  await expect(fork.snapshot()).rejects.toMatchObject({ code: 'usage' });
}, 120_000);

test.concurrent('snapshots wait for commands that run, and commands for snapshots', async () => {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true });
  const slow = machine.shell.run('sleep 0.5; echo slow; done=yes');
  const freezing = machine.snapshot({ renewal });
  const after = machine.shell.run('echo after; done=later');
  expect((await slow).output).toBe('slow');
  await using snapshot = await freezing;
  expect((await after).output).toBe('after');
  await using fork = await snapshot.fork();
  expect((await fork.shell.run('echo $done')).output).toBe('yes');
}, 120_000);
