import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';
import type { Machine } from '../src/harness/machine.ts';
import type { LoggedWrite } from '../src/harness/write-log/requests.ts';
import { durableRequests } from '../src/harness/write-log/requests.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-layers-'));
});
afterAll(() => rm(folder, { recursive: true }));

const mebibyte = 2 ** 20;
const sh = async (machine: Machine, command: string): Promise<string> => (await machine.shell.run(command, { captured: true })).output;

test.concurrent('requests fail where they are to: reads, writes and flushes, in a range, once or for ever', async () => {
  await using machine = await boot(linuxArm64, {
    disks: [
      { sizeMiB: 1, errors: [{ on: 'read', sectors: { from: 8, count: 8 } }] },
      { sizeMiB: 1, errors: [{ on: 'write' }] },
      { sizeMiB: 1, errors: [{ on: 'flush' }] },
      { sizeMiB: 1, errors: [{ on: 'write', once: true }] },
    ],
  });
  const tried = async (command: string): Promise<string> => (await sh(machine, `${command} 2>&1; echo $?`)).trim().replaceAll(/\s+/g, ' ');
  const block = (number: number, disk: string): string => `dd if=/dev/${disk} of=/dev/null bs=4k count=1 skip=${number} iflag=direct`;
  expect(await tried(block(0, 'vda'))).toMatch(/ 0$/);
  expect(await tried(block(1, 'vda'))).toMatch(/I\/O error.* 1$/);
  expect(await tried(block(2, 'vda'))).toMatch(/ 0$/);
  expect(await tried(block(1, 'vda'))).toMatch(/I\/O error.* 1$/);
  const write = (disk: string, more = ''): string => `dd if=/dev/zero of=/dev/${disk} bs=4k count=1 oflag=direct ${more}`;
  expect(await tried(write('vdb'))).toMatch(/I\/O error.* 1$/);
  expect(await tried(write('vdc'))).toMatch(/ 0$/);
  expect(await tried(write('vdc', 'conv=fsync'))).toMatch(/I\/O error.* 1$/);
  expect(await tried(write('vdd'))).toMatch(/I\/O error.* 1$/);
  expect(await tried(write('vdd'))).toMatch(/ 0$/);
}, 180_000);

test.concurrent('a throttled disk takes its time', async () => {
  await using machine = await boot(linuxArm64, { disks: [{ sizeMiB: 4, throttle: { bytesPerSecond: 2 * mebibyte } }] });
  const startedAt = performance.now();
  await sh(machine, 'dd if=/dev/vda of=/dev/null bs=1M count=4 iflag=direct');
  // A second's worth may go at once.
  expect(performance.now() - startedAt).toBeGreaterThan(900);
}, 180_000);

test.concurrent('a write log has what was written, in order, and an image is what was there at its cut', async () => {
  const image = join(folder, 'logged');
  await writeFile(image, Buffer.alloc(mebibyte, 'b'));
  const events: HarnessEvent[] = [];
  await using machine = await boot(linuxArm64, {
    disks: [{ path: image, writeLog: true }, { sizeMiB: 1 }],
    observe: (event) => events.push(event),
  });
  expect(JSON.stringify(events)).not.toContain('/proc/');
  expect(() => machine.writeLog('disk1')).toThrow(/no disk disk1 with a write log/);
  const log = machine.writeLog();
  const put = (letter: string, block: number, more = ''): Promise<string> =>
    sh(machine, `yes ${letter} | tr -d '\\n' | dd of=/dev/vda bs=4k count=1 seek=${block} iflag=fullblock oflag=direct ${more} 2>&1`);
  const before = (await log.read()).length;
  await put('x', 1);
  await log.mark('x written');
  await put('y', 2, 'conv=fsync');
  await log.mark('y synced');
  await put('z', 3);
  await log.mark('z written');
  await expect(log.mark('z written')).rejects.toThrow(/has a mark "z written" already/);
  const requests = (await log.read()).slice(before);
  const writes = requests.filter((request): request is LoggedWrite => request.type === 'write');
  expect(writes.map(({ position, sizeBytes }) => [position, sizeBytes])).toEqual([4096, 8192, 12_288].map((at) => [at, 4096]));
  expect((await log.data(writes[1] as LoggedWrite)).toString('latin1')).toBe('y'.repeat(4096));
  expect(requests.map(({ type }) => type)).toEqual(['write', 'write', 'flush', 'write']);
  expect(durableRequests(requests).length).toBe(2);
  const lettersAt = async (cut: Parameters<typeof log.imageAt>[0]): Promise<string> => {
    const content = await readFile((await log.imageAt(cut)).path, 'latin1');
    expect(content.length).toBe(mebibyte);
    return [0, 1, 2, 3].map((block) => content[block * 4096]).join('');
  };
  expect(await lettersAt({ mark: 'x written' })).toBe('bxbb');
  expect(await lettersAt({ lastFlushBefore: 'x written' })).toBe('bbbb');
  expect(await lettersAt({ mark: 'z written' })).toBe('bxyz');
  expect(await lettersAt({ lastFlushBefore: 'z written' })).toBe('bxyb');
  expect(await lettersAt('last-flush')).toBe('bxyb');
  expect(await lettersAt({ requests: writes.toReversed().slice(0, 2) })).toBe('bbyz');
  await expect(log.imageAt({ mark: 'none' })).rejects.toThrow(/no mark "none"; it has: x written, y synced, z written/);
  await sh(machine, 'blkdiscard -o 4096 -l 4096 /dev/vda');
  await log.mark('discarded');
  expect((await log.read()).at(-1)).toMatchObject({ type: 'discard', position: 4096, sizeBytes: 4096 });
  expect(await lettersAt({ mark: 'discarded' }), 'what a discard leaves is nobody’s promise').toBe('bxyz');
  await machine.cutPower();
  expect(await lettersAt('last-flush'), 'it outlives the machine').toBe('bxyb');
}, 180_000);

test.concurrent('a mark has all that was answered before, whatever many writers write meanwhile', async () => {
  await using machine = await boot(linuxArm64, { vcpus: 2, hotplugPorts: 1 });
  const plugged = await machine.plug({ sizeMiB: 32, writeLog: true });
  expect(plugged.id).toBe('disk0');
  await sh(machine, 'until [ -b /dev/vda ]; do sleep 0.1; done');
  const noise = (seek: number): string =>
    `while :; do dd if=/dev/zero of=/dev/vda bs=64k count=16 seek=${seek} oflag=direct 2>/dev/null; done &`;
  await sh(machine, [64, 128, 192].map(noise).join('\n'));
  const log = machine.writeLog('disk0');
  for (let block = 0; block < 10; block += 1) {
    await sh(machine, `dd if=/dev/zero of=/dev/vda bs=4k count=1 seek=${block} oflag=direct 2>/dev/null`);
    const count = await log.mark(`block ${block}`);
    const found = (await log.read()).slice(0, count).some((request) => request.type === 'write' && request.position === block * 4096);
    expect(found, `block ${block}`).toBe(true);
  }
  expect(
    (await log.read()).filter(({ type }) => type !== 'write'),
    'reading the log flushes nothing',
  ).toEqual([]);
}, 240_000);

test.concurrent('what can’t be is refused before anything is started', async () => {
  const disk = { sizeMiB: 1 };
  const refused = async (options: object, what: RegExp, code = 'usage'): Promise<void> => {
    const booting = boot(linuxArm64, { disks: [{ ...disk, ...options }] });
    await expect(booting).rejects.toMatchObject({ code, shortMessage: expect.stringMatching(what) });
  };
  await refused({ writeLog: true, interface: 'nvme' }, /disk0: a write log is for disks with virtio/);
  await refused({ errors: [{ on: 'read', sectors: { from: 0, count: 2000 } }] }, /expected 1 to 1024 sectors, got 2000/);
  await refused({ throttle: {} }, /disk0: throttle: expected whole numbers/);
  await refused({ lies: { seed: 1, loses: 2 } }, /lies.loses: expected 0 to 1, got 2/);
  await refused({ lies: { seed: 1, loses: 0.6, tears: 0.6 } }, /expected loses \+ tears \+ corrupts of at most 1/);
  await refused({ lies: { seed: 0.5 } }, /lies.seed: expected a whole number, got 0.5/);
  await expect(boot(linuxArm64, { snapshots: true, disks: [{ ...disk, writeLog: true }] })).rejects.toMatchObject({
    code: 'snapshot-failed',
    shortMessage: expect.stringContaining('can’t be frozen'),
  });
});
