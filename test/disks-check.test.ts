import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { checkFileSystem, extImage, hashesOf, partitionedImage, partitionOffset } from '../src/artifacts/index.ts';
import type { DiskOptions } from '../src/harness/devices/disk.ts';
import { type CheckBody, check, definePhase, type GuestNeeds } from '../src/phases/define.ts';
import { Forks } from '../src/phases/forks.ts';
import type { GuestChange } from '../src/phases/guest-change.ts';
import { type CheckEvent, runCheck } from '../src/phases/run-check.ts';
import { privateCache } from './private-cache.ts';

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-check-disks-'));
  const cache = await privateCache();
  ({ remove } = cache);
  vi.stubEnv('BRINGUP_CACHE', cache.root);
}, 300_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await remove();
  await rm(folder, { recursive: true });
});

interface Ran {
  readonly outcome: string;
  readonly message: string | null;
  readonly started: { machine: string; isFork: boolean | undefined }[];
}

async function run(
  disks: readonly DiskOptions[],
  body: CheckBody,
  more: { change?: GuestChange; forks?: Forks; guest?: object } = {},
): Promise<Ran> {
  const guest = { init: 'shell', disks, ...more.guest } as GuestNeeds;
  const { checks } = definePhase({
    id: 't',
    title: 't',
    source: 't',
    machine: guest,
    budgetMs: 240_000,
    checks: [check('t.disks', 'has disks', body)],
  });
  const events: CheckEvent[] = [];
  const { outcome, message } = await runCheck(checks[0] as (typeof checks)[0], {
    profile: linuxArm64,
    overrides: {},
    record: (event) => events.push(event),
    consoleLogPath: '/dev/null',
    machineId: 'm',
    ...(more.change && { change: more.change }),
    ...(more.forks && { forks: more.forks }),
  });
  const started = events.flatMap((event) => (event.type === 'machine.started' ? [{ machine: event.machine, isFork: event.isFork }] : []));
  return { outcome, message, started };
}

const forks = new Forks(linuxArm64, {}, []);

test('a check’s disks are plugged into its fork in order, and hold over its restarts what was written; images stay as they are', async () => {
  const path = join(folder, 'image');
  await writeFile(path, Buffer.alloc(2 ** 20, 'i'));
  const image = async () => ({ path, sha256: '0'.repeat(64), name: 'i' });
  const body: CheckBody = async (context) => {
    const devices = ['vda', 'vdb', 'nvme0n1'];
    const read = (shell: typeof context.shell): Promise<string[]> =>
      Promise.all(devices.map(async (each) => (await shell.run(`head -c 3 /dev/${each} | tr '\\0' 0`, { captured: true })).output));
    assert.deepEqual(await read(context.shell), ['iii', '000', '000']);
    for (const each of devices) await context.shell.run(`printf new | dd of=/dev/${each} conv=notrunc,fsync 2>/dev/null`);
    const again = await context.restart('reboot', { append: ['loglevel=3'] });
    assert.notEqual(again.machine, context.machine);
    assert.match((await again.shell.run('cat /proc/cmdline')).output, /loglevel=3/);
    await again.shell.run('until [ -b /dev/nvme0n1 ]; do sleep 0.1; done');
    assert.deepEqual(await read(again.shell), ['new', 'new', 'new']);
    await assert.rejects(again.boot(), /can’t be booted again while it runs/);
    await again.end('poweroff');
    assert.equal((await readFile(again.disk(1).path, 'latin1')).slice(0, 3), 'new');
    assert.throws(() => context.disk(3), /no disk 3, but 3 disks/);
  };
  const disks: DiskOptions[] = [{ image }, { sizeMiB: 1 }, { sizeMiB: 1, interface: 'nvme' }];
  for (const isFork of [undefined, true]) {
    const ran = await run(disks, body, { forks });
    expect(ran).toMatchObject({ message: null, outcome: 'PASS' });
    expect(ran.started.map(({ machine }) => machine)).toEqual(['m', 'm.2']);
    if (isFork) expect(ran.started[0]?.isFork).toBe(true);
  }
  expect((await readFile(path, 'latin1')).slice(0, 3)).toBe('iii');
}, 400_000);

test('a file system made on the host: what the guest synced outlives a power cut, and what it did not is gone', async () => {
  const files = { '/kept/a': 'from the host', '/link': { symlink: 'kept/a' }, '/mine': { content: 'x', mode: 0o600, uid: 7, gid: 8 } };
  const disk: DiskOptions = {
    image: partitionedImage({ table: 'gpt', partitions: [{ sizeMiB: 1 }, { image: extImage({ sizeMiB: 8, files }) }] }),
    writeLog: true,
  };
  const at = (path: string) => ({ path, offsetBytes: partitionOffset(1, [1]) });
  const ran = await run(
    [disk],
    async (context) => {
      const { shell } = context;
      const mounted = 'mkdir -p /mnt && mount -t ext2 /dev/vda2 /mnt && cat /mnt/link && stat -c " %a %u %g" /mnt/mine';
      assert.equal((await shell.run(mounted)).output, 'from the host 600 7 8');
      await shell.run('echo synced >/mnt/s; sync');
      const log = context.machine.writeLog();
      await log.mark('synced');
      await shell.run('echo lost >/mnt/l');
      await context.end('power-cut');
      const hashes = await hashesOf(at(context.disk().path));
      assert.deepEqual([...hashes.keys()].sort(), ['/kept/a', '/mine', '/s']);
      assert.equal((await checkFileSystem(at((await log.imageAt({ lastFlushBefore: 'synced' })).path), { repair: true })).exitCode & ~1, 0);
      const again = await context.boot();
      assert.equal(
        (await again.shell.run('mkdir -p /mnt; mount -t ext2 /dev/vda2 /mnt; cat /mnt/s; ls /mnt')).output.replaceAll(/\s+/g, ' '),
        'synced kept link lost+found mine s',
      );
      await again.shell.run('umount /mnt');
      await again.end('poweroff');
      assert.ok((await checkFileSystem(at(again.disk().path), { repair: true })).exitCode <= 1);
    },
    { forks },
  );
  expect(ran).toMatchObject({ message: null, outcome: 'PASS' });
}, 400_000);

test('an earlier machine’s crash is the verdict, whatever the later one showed', async () => {
  const ran = await run([], async (context) => {
    await context.console.sendLine('echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger');
    await context.machine.exited;
    await context.boot();
  });
  expect(ran).toMatchObject({ outcome: 'FAIL', message: expect.stringMatching(/panic|sysrq|crash/i) });
  expect(ran.started.map(({ machine }) => machine)).toEqual(['m', 'm.2']);
}, 400_000);

test('a change gives the check other disks than it asks for, at each of its boots', async () => {
  const change: GuestChange = { disks: (disks) => disks.map((disk) => ({ ...disk, lies: { seed: 1, ignoresFlushes: true } })) };
  const body: CheckBody = async (context) => {
    await context.shell.run('printf new | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null');
    const again = await context.restart('poweroff');
    assert.equal((await again.shell.run('head -c 3 /dev/vda')).output, 'new', 'after the restart');
  };
  expect(await run([{ sizeMiB: 1 }], body)).toMatchObject({ message: null, outcome: 'PASS' });
  expect(await run([{ sizeMiB: 1 }], body, { change })).toMatchObject({
    outcome: 'FAIL',
    message: expect.stringMatching(/after the restart/),
  });
}, 400_000);
