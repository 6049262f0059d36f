import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { HarnessEvent } from '../src/harness/harness-event.ts';

const mebibyte = 2 ** 20;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-devices,'));
});
afterAll(() => rm(folder, { recursive: true }));

async function imageOf(name: string, letter: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.alloc(mebibyte, letter));
  return path;
}

test.concurrent('disks of each kind are as they were asked for', async () => {
  const [written, kept, provided] = await Promise.all([imageOf('written', 'w'), imageOf('kept', 'k'), imageOf('provided', 'p')]);
  const events: HarnessEvent[] = [];
  await using machine = await boot(linuxArm64, {
    observe: (event) => events.push(event),
    disks: [
      { path: written },
      { path: kept, readOnly: true, serial: 'a serial' },
      { image: async () => ({ path: provided, sha256: '0'.repeat(64), name: 'p' }) },
      { sizeMiB: 2, sectorSize: 4096 },
      { path: kept, readOnly: true, interface: 'nvme', serial: 'nvme serial' },
      { sizeMiB: 3, interface: 'nvme', sectorSize: 4096 },
    ],
  });
  const run = async (command: string): Promise<string> => (await machine.shell.run(command, { captured: true })).output;
  // NVMe disks are found beside init.
  await run('until [ -b /dev/nvme0n1 ] && [ -b /dev/nvme1n1 ]; do sleep 0.1; done');
  const attributes =
    'for each in vda vdb vdc vdd nvme0n1 nvme1n1; do cd /sys/block/$each; echo $(cat size ro queue/logical_block_size serial device/serial 2>/dev/null); done';
  expect((await run(attributes)).trim().split('\n')).toEqual([
    '2048 0 512 disk0',
    '2048 1 512 a serial',
    '2048 0 512 disk2',
    '4096 0 4096 disk3',
    // QEMU 7.2 does not tell a guest that NVMe is not to be written.
    '2048 0 512 nvme serial',
    '6144 0 4096 disk5',
  ]);
  expect(
    await run(
      'head -c 1 /dev/vda; head -c 1 /dev/vdb; head -c 1 /dev/vdc; head -c 1 /dev/vdd | hexdump -e \'1/1 "%d"\'; head -c 1 /dev/nvme0n1',
    ),
  ).toBe('wkp0k');
  await run('for each in vda vdc vdd nvme1n1; do printf changed | dd of=/dev/$each conv=notrunc,fsync; done; cd /');
  expect(await run('for each in vda vdc vdd nvme1n1; do head -c 7 /dev/$each; done')).toBe('changed'.repeat(4));
  expect((await readFile(written, 'latin1')).slice(0, 8)).toBe('changedw');
  const refused = 'for each in vdb nvme0n1; do printf changed | dd of=/dev/$each conv=notrunc,fsync 2>/dev/null || echo refused; done';
  expect((await run(refused)).match(/refused/g)).toHaveLength(2);
  expect((await readFile(kept, 'latin1')).slice(0, 8)).toBe('kkkkkkkk');
  expect((await readFile(provided, 'latin1')).slice(0, 8)).toBe('pppppppp');
  const [started] = events;
  expect(JSON.stringify(started), 'no path of the host is recorded').not.toContain(folder);
  expect(JSON.stringify(started)).toContain('written');
}, 180_000);

test.concurrent('a machine without devices loads no driver', async () => {
  await using machine = await boot(linuxArm64);
  expect(await machine.shell.run('cat /proc/modules; ls /lib/modules/virtio_blk.ko')).toMatchObject({
    output: '/lib/modules/virtio_blk.ko',
  });
}, 120_000);

test.concurrent('a disk without its image is told before anything is started', async () => {
  const events: HarnessEvent[] = [];
  const booting = boot(linuxArm64, { disks: [{ path: join(folder, 'none') }], observe: (event) => events.push(event) });
  await expect(booting).rejects.toMatchObject({ code: 'file-not-found' });
  expect(events).toEqual([]);
});

/** A request to the host through QEMU's own network; the answer names the caller’s own word. */
test.concurrent('forks have the address that was leased, and each a network of its own, at the same time', async () => {
  const server = createServer((request, response) => response.end(`hello ${request.url}`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using machine = await boot(linuxArm64, {
    snapshots: true,
    networks: [{ kind: 'user', restrict: false, mac: '52:54:00:00:00:42' }],
  });
  expect((await machine.shell.run('udhcpc -i eth0 -q -n >/dev/null 2>&1')).exitStatus).toBe(0);
  await using snapshot = await machine.snapshot();
  const forks = await Promise.all(Array.from({ length: 3 }, () => snapshot.fork()));
  const seen = await Promise.all(
    [...forks, machine].map(async ({ shell }, index) => {
      const fetched = `wget -q -O - http://10.0.2.2:${port}/${index}`;
      const command = `ping -c 1 -W 20 10.0.2.2 >/dev/null && cat /sys/class/net/eth0/address && ip -4 -o addr show eth0 | grep -c 10.0.2.15 && ${fetched}`;
      return (await shell.run(command)).output;
    }),
  );
  expect(seen).toEqual([0, 1, 2, 3].map((index) => `52:54:00:00:00:42\n1\nhello /${index}`));
  for (const fork of forks) await fork[Symbol.asyncDispose]();
  server.close();
}, 180_000);

test.concurrent('a restricted network answers for itself, but does not lead to the host', async () => {
  const server = createServer((_, response) => response.end('reached')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using machine = await boot(linuxArm64, { networks: [{ kind: 'user' }] });
  const command = `udhcpc -i eth0 -q -n >/dev/null 2>&1 && ping -c 1 -W 20 10.0.2.2 >/dev/null && echo answers; wget -T 3 -q -O - http://10.0.2.2:${port}/`;
  expect(await machine.shell.run(command)).toMatchObject({ output: expect.stringMatching(/^answers\r?\n(?!.*reached)/), exitStatus: 1 });
  server.close();
}, 180_000);

test.concurrent('frames of a card come to its link, those of each fork to its own, and what is sent comes in', async ({ expect }) => {
  const networks = [{ kind: 'none' }, { kind: 'socket' }] as const;
  await using machine = await boot(linuxArm64, { snapshots: true, networks });
  expect(() => machine.link()).toThrow(/no network net0 of kind socket/);
  await machine.shell.run('ip link set eth1 up; ip addr add 192.0.2.1/24 dev eth1');
  await using snapshot = await machine.snapshot();
  await using one = await snapshot.fork();
  await using two = await snapshot.fork();
  await Promise.all(
    [one, two].map(async (fork, index) => {
      // The address that is asked for is the end of the request (RFC 826).
      const asked = (of: number) => Buffer.from([192, 0, 2, 100 + of]);
      const link = fork.link('net1');
      const received: Buffer[] = [];
      link.on('data', (bytes: Buffer) => received.push(bytes));
      const requests = (of: number) => framesIn(Buffer.concat(received)).filter((frame) => frame.subarray(38, 42).equals(asked(of)));
      await fork.shell.run(`arping -c 1 -w 1 -I eth1 ${[...asked(index)].join('.')}`);
      await expect.poll(() => requests(index).length, { timeout: 60_000 }).toBeGreaterThan(0);
      expect(requests(index)[0]?.subarray(6, 12).toString('hex')).toBe('525400123457');
      expect(requests(1 - index)).toEqual([]);
      const before = await receivedBy(fork.shell);
      const frame = Buffer.concat([
        Buffer.alloc(6, 0xff),
        Buffer.from('02005e005301', 'hex'),
        Buffer.from('88b5', 'hex'),
        Buffer.alloc(46),
      ]);
      link.write(Buffer.concat([Buffer.from([0, 0, 0, frame.length]), frame]));
      await expect.poll(() => receivedBy(fork.shell), { timeout: 60_000 }).toBe(before + 1);
    }),
  );
}, 180_000);

async function receivedBy(shell: { run(command: string): Promise<{ output: string }> }): Promise<number> {
  return Number((await shell.run('cat /sys/class/net/eth1/statistics/rx_packets')).output);
}

/** QEMU's stream backend: each frame after its length in four bytes. */
function framesIn(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    frames.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return frames;
}
