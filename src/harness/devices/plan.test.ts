import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockNodes, blockObjects } from './block-nodes.ts';
import { diskDevice } from './device.ts';
import { type DiskOptions, planDisk } from './disk.ts';
import { planNetwork } from './network.ts';
import { emptyQcow2 } from './qcow2.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-plan-'));
  await writeFile(join(folder, 'raw'), Buffer.alloc(3 * 512));
  await writeFile(join(folder, 'qcow2'), emptyQcow2(2 ** 20));
  await writeFile(join(folder, 'empty'), '');
});
afterAll(() => rm(folder, { recursive: true }));

const plan = (options: DiskOptions) => planDisk(options, 'disk3');

test('what a disk is not told is what most disks are', async () => {
  const path = join(folder, 'raw');
  const common = { id: 'disk3', interface: 'virtio', readOnly: false, serial: 'disk3', sectorSize: 512 };
  expect(await plan({ path })).toEqual({ ...common, image: { path, format: 'raw' }, writes: 'image', sizeBytes: 1536 });
  expect(await plan({ sizeMiB: 3 })).toMatchObject({ ...common, writes: 'blank', sizeBytes: 3 * 2 ** 20 });
  const image = async () => ({ path: join(folder, 'qcow2'), sha256: '', name: '' });
  expect(await plan({ image, format: 'qcow2' })).toMatchObject({ writes: 'overlay', sizeBytes: 2 ** 20 });
  expect(await plan({ image, format: 'qcow2', readOnly: true })).toMatchObject({ writes: 'image' });
});

test.each<[string, (folder: string) => DiskOptions, string, RegExp]>([
  ['no image', (dir) => ({ path: join(dir, 'none') }), 'file-not-found', /disk image none can’t be read \(ENOENT\)/],
  ['an empty image', (dir) => ({ path: join(dir, 'empty') }), 'image-invalid', /disk image empty is empty/],
  ['another format', (dir) => ({ path: join(dir, 'raw'), format: 'qcow2' }), 'image-invalid', /disk image raw is no qcow2 image/],
  ['half a MiB', () => ({ sizeMiB: 0.5 }), 'usage', /disk3: sizeMiB: expected .* got 0.5/],
  ['a long serial', () => ({ sizeMiB: 1, serial: 'x'.repeat(21) }), 'usage', /disk3: serial "x+"/],
  ['an odd serial', () => ({ sizeMiB: 1, serial: 'ü' }), 'usage', /disk3: serial/],
])('%s is refused', async (_, options, code, shortMessage) => {
  await expect(plan(options(folder))).rejects.toMatchObject({ code, shortMessage: expect.stringMatching(shortMessage) });
});

test('layers stand on one another: the log below what makes requests fail, and the device on top', async () => {
  const errors = [{ on: 'read', sectors: { from: 8, count: 2 }, once: true }, { on: 'write' }] as const;
  const disk = await plan({ sizeMiB: 1, writeLog: true, throttle: { requestsPerSecond: 5 }, errors });
  const nodes = blockNodes(disk);
  expect(nodes.map((node) => [node['node-name'], node.driver, node.file ?? node.image])).toEqual([
    ['disk3-file', 'file', undefined],
    ['disk3-image', 'raw', 'disk3-file'],
    ['disk3-log-file', 'file', undefined],
    ['disk3-log', 'blklogwrites', 'disk3-image'],
    ['disk3-throttle', 'throttle', 'disk3-log'],
    ['disk3-errors', 'blkdebug', 'disk3-throttle'],
  ]);
  const rule = { event: 'none', errno: 5 };
  expect(nodes.at(-1)?.['inject-error']).toEqual([
    ...[8, 9].map((sector) => ({ ...rule, iotype: 'read', once: true, sector })),
    ...['write', 'write-zeroes'].map((iotype) => ({ ...rule, iotype, once: false })),
  ]);
  expect(blockObjects(disk)).toEqual([{ 'qom-type': 'throttle-group', id: 'disk3-limits', limits: { 'iops-total': 5 } }]);
  expect(diskDevice(disk, 'disk3-errors')).toMatchObject({ drive: 'disk3-errors', 'write-zeroes': false });
  const lying = blockNodes(await plan({ sizeMiB: 1, lies: { seed: 1 } }));
  expect(lying).toMatchObject([{ driver: 'nbd', 'node-name': 'disk3-image', server: { type: 'unix', abstract: true } }]);
});

test('a card’s address is taken in either case, and that of a group or none is refused', () => {
  expect(planNetwork({ kind: 'none', mac: '02:00:5E:00:53:AF' }, 0).mac).toBe('02:00:5e:00:53:af');
  for (const mac of ['01:00:5e:00:53:af', '02:00:5e:00:53', 'x']) expect(() => planNetwork({ kind: 'user', mac }, 0)).toThrow(/net0: mac/);
});
