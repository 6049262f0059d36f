import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Shell } from '../src/harness/shell/shell.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-hotplug-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function image(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.alloc(2 ** 20, 'i'));
  return path;
}

/** Waits in the guest, as the host can't know when it is done. */
const until = (shell: Shell, condition: string) => shell.run(`until ${condition}; do sleep 0.1; done`, { timeoutMs: 60_000 });

test.concurrent('disks and network cards come and go, in a fork as in the machine that was frozen', async () => {
  const [written, kept] = await Promise.all([image('written'), image('kept')]);
  await using machine = await boot(linuxArm64, { snapshots: true, hotplugPorts: 2, disks: [{ sizeMiB: 1 }] });
  await using snapshot = await machine.snapshot();
  await using fork = await snapshot.fork();
  await Promise.all(
    [machine, fork].map(async (each, index) => {
      const { shell } = each;
      const disk = await each.plug(index === 0 ? { path: written } : { sizeMiB: 3, interface: 'nvme' });
      const card = await each.plug({ kind: 'user' });
      expect([disk.id, card.id]).toEqual(['disk1', 'net0']);
      const block = index === 0 ? 'vdb' : 'nvme0n1';
      await until(shell, `[ -b /dev/${block} ] && [ -e /sys/class/net/eth0 ]`);
      expect((await shell.run(`printf plugged | dd of=/dev/${block} conv=notrunc,fsync 2>/dev/null; head -c 7 /dev/${block}`)).output).toBe(
        'plugged',
      );
      expect((await shell.run('udhcpc -i eth0 -q -n >/dev/null 2>&1 && ping -c 1 -W 20 10.0.2.2 >/dev/null')).exitStatus).toBe(0);
      await expect(each.plug({ sizeMiB: 1 })).rejects.toMatchObject({
        code: 'usage',
        shortMessage: /all of the machine’s 2 ports are taken/,
      });
      await expect(each.snapshot()).rejects.toMatchObject({ code: 'usage' });
      await disk.unplug();
      expect((await shell.run(`[ -e /dev/${block} ]`)).exitStatus).toBe(1);
      // The port and the image are free again.
      await using again = await each.plug({ path: index === 0 ? written : kept, readOnly: true, serial: 'again' });
      await until(shell, '[ -b /dev/vdb ]');
      expect((await shell.run('cat /sys/block/vdb/serial; echo; head -c 7 /dev/vdb', { captured: true })).output).toMatch(
        /^again\n(plugged|iiiiiii)$/,
      );
      expect(again.id).toBe('disk2');
      await card.unplug();
      expect((await shell.run('[ -e /sys/class/net/eth0 ]')).exitStatus).toBe(1);
    }),
  );
  expect((await readFile(written, 'latin1')).slice(0, 8)).toBe('pluggedi');
}, 300_000);

test.concurrent('what can’t be plugged in says why, and takes no port', async () => {
  const path = await image('image');
  await using machine = await boot(linuxArm64, { hotplugPorts: 1 });
  await expect(machine.plug({ path: join(folder, 'none') })).rejects.toMatchObject({
    code: 'file-not-found',
    shortMessage: /disk image none/,
  });
  await using other = await boot(linuxArm64, { until: 'start', disks: [{ path }] });
  await expect(machine.plug({ path })).rejects.toMatchObject({
    code: 'qmp-command-failed',
    shortMessage: /disk1 can’t be plugged in: .*lock/,
  });
  await other[Symbol.asyncDispose]();
  await using disk = await machine.plug({ path });
  await until(machine.shell, '[ -b /dev/vda ]');
  await machine[Symbol.asyncDispose]();
  // With the machine gone, so is the device.
  await disk.unplug();
  await using without = await boot(linuxArm64, { until: 'start' });
  await expect(without.plug({ sizeMiB: 1 })).rejects.toMatchObject({ code: 'usage', shortMessage: /no ports/ });
}, 180_000);

test.concurrent('a guest that does not let go is told after the time it has, and may still do so later', async () => {
  await using machine = await boot(linuxArm64, { hotplugPorts: 1 });
  const disk = await machine.plug({ sizeMiB: 1 });
  await until(machine.shell, '[ -b /dev/vda ]');
  await machine.qmp.execute('stop');
  await expect(disk.unplug({ timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'expect-timeout', shortMessage: /disk0 within 1000 ms/ });
  await expect(disk.unplug({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  await machine.qmp.execute('cont');
  await disk.unplug();
  expect((await machine.shell.run('[ -e /dev/vda ]')).exitStatus).toBe(1);
}, 180_000);
