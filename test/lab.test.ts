import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import type { Lab, LabMachine } from '../src/harness/lab/lab.ts';
import { encodeEthernet } from '../src/harness/lab/packets/ethernet.ts';
import type { Machine } from '../src/harness/machine.ts';
import { test } from '../src/vitest/index.ts';

const within = { timeoutMs: 120_000 };

async function succeed({ shell }: Machine, command: string): Promise<string> {
  const { output, exitStatus } = await shell.run(command, { captured: true, ...within });
  expect(exitStatus, `${command}: ${output}`).toBe(0);
  return output;
}

async function canPing({ shell }: Machine, address: string): Promise<boolean> {
  return (await shell.run(`ping -c 1 -W 2 ${address}`, within)).exitStatus === 0;
}

/** Two machines, 10.0.0.1 and 10.0.0.2. */
async function pair(lab: Lab, options: LabMachine = {}): Promise<[Machine, Machine]> {
  const machines = await Promise.all([lab.machine('one', options), lab.machine('other', options)]);
  const [one, other] = machines as [Machine, Machine];
  await succeed(one, 'ip addr add 10.0.0.1/24 dev eth0 && ip link set eth0 up');
  await succeed(other, 'ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up');
  return [one, other];
}

describe('machines of a lab', () => {
  test('reach each other, by any segment that both are on, and nobody else', async ({ lab }) => {
    const [one, other] = await pair(lab, { segments: ['lan', 'back-bone'] });
    expect(await canPing(one, '10.0.0.2')).toBe(true);
    await succeed(one, 'ip addr add 10.1.0.1/24 dev eth1 && ip link set eth1 up');
    await succeed(other, 'ip addr add 10.1.0.2/24 dev eth1 && ip link set eth1 up');
    lab.segment().partition(['one']);
    expect([await canPing(one, '10.0.0.2'), await canPing(one, '10.1.0.2')]).toEqual([false, true]);
    lab.segment().heal();
    expect(await canPing(other, '10.0.0.1')).toBe(true);
    expect(await canPing(one, '10.0.2.2'), 'what QEMU’s own network would answer').toBe(false);
    await expect(lab.machine('one')).rejects.toThrow('the lab has a machine one already');
    expect(() => lab.segment('LAN')).toThrow('expected small letters');
  });

  test('of labs at the same time don’t hear each other, whatever their addresses', async ({ lab, machines, profile }) => {
    const another = machines.lab(profile, 0);
    try {
      const [[one], [two, three]] = await Promise.all([pair(lab), pair(another)]);
      await succeed(three, 'ip addr add 10.0.0.3/24 dev eth0');
      expect([await canPing(one, '10.0.0.3'), await canPing(two, '10.0.0.3')]).toEqual([false, true]);
    } finally {
      await another[Symbol.asyncDispose]();
    }
  });

  test('that end leave their segment', async ({ lab }) => {
    const [one, other] = await pair(lab);
    const names = (): string[] =>
      lab
        .segment()
        .ports.map(({ name }) => name)
        .sort();
    expect(names()).toEqual(['one', 'other']);
    await other[Symbol.asyncDispose]();
    await expect.poll(names).toEqual(['one']);
    expect(await canPing(one, '10.0.0.2')).toBe(false);
  });
});

test('the same seed loses the same of what is sent to machines, another seed other frames', async ({ lab, machines, profile }) => {
  const lost = async (own: Lab): Promise<number[]> => {
    const machine = await own.machine('one');
    own.segment().impair('one', { loss: 0.2 }, 'to');
    const peer = own.peer('test');
    const frame = (number: number) =>
      encodeEthernet({ destination: '52:54:00:00:00:01', source: '52:54:00:00:00:02', type: 0x88b5, payload: Buffer.from([number]) });
    const got: number[] = [];
    own.segment().attach('watch', () => true);
    for (let number = 0; number < 200; number += 1) peer.send(frame(number));
    const capture = own.captures().get('lan') as Buffer;
    for (let at = 0; at < capture.length; at += capture.readUInt32LE(at + 4)) {
      const block = capture.subarray(at, at + capture.readUInt32LE(at + 4));
      if (block.includes('dropped: lost')) got.push(block[28 + 14] as number);
    }
    expect(machine.ended).toBeUndefined();
    return got;
  };
  const others = [machines.lab(profile, 0), machines.lab(profile, 1)] as const;
  try {
    const [first, second, third] = [await lost(lab), await lost(others[0]), await lost(others[1])];
    expect(first.length).toBeGreaterThan(20);
    expect(second).toEqual(first);
    expect(third).not.toEqual(first);
  } finally {
    for (const other of others) await other[Symbol.asyncDispose]();
  }
});

test('a capture is read by tshark without complaint, and says what was lost', async ({ lab, signal }) => {
  const [one, other] = await pair(lab);
  lab.segment().impair('other', { loss: 0.05, delayMs: 2, duplicate: 0.05, reorder: 0.05 });
  await succeed(one, 'head -c 300000 /dev/urandom > /tmp/file && httpd -h /tmp');
  await succeed(other, 'wget -q -O - http://10.0.0.1/file | wc -c');
  const host = lab.host('test', '10.0.0.9');
  await host.find('10.0.0.1', { timeoutMs: 30_000, signal });
  expect(await canPing(one, '10.0.0.9')).toBe(true);
  const folder = await mkdtemp(join(tmpdir(), 'bringup-tshark-'));
  try {
    const path = join(folder, 'lan.pcapng');
    await writeFile(path, lab.captures().get('lan') as Buffer);
    const tshark = async (...argv: readonly string[]): Promise<string[]> => {
      // Frames of a guest that has no offloads have checksums: all of them are to be right.
      const checked = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
      // What comes twice can't be put together twice.
      checked.push('-o', 'tcp.desegment_tcp_streams:FALSE');
      const { stdout, stderr } = await execa('tshark', ['-n', ...checked, '-r', path, ...argv]);
      expect(stderr.replace(/^Running as user "root".*$/m, '').trim()).toBe('');
      return stdout.split('\n').filter(Boolean);
    };
    expect((await tshark()).length).toBeGreaterThan(200);
    expect(await tshark('-Y', '_ws.malformed')).toEqual([]);
    expect(await tshark('-Y', 'ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || icmp.checksum.status == "Bad"')).toEqual([]);
    expect((await tshark('-Y', 'frame.comment contains "dropped: lost"')).length).toBeGreaterThan(3);
    const interfaces = await tshark('-T', 'fields', '-e', 'frame.interface_name');
    expect([...new Set(interfaces)].sort()).toEqual(['one', 'other', 'test']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('a frozen lab', () => {
  test('is forked whole: connections go on in each fork, and in the lab itself', { timeout: 300_000 }, async ({ lab, signal }) => {
    const [one, other] = await pair(lab, { snapshots: true });
    const digest = await succeed(other, 'head -c 6000000 /dev/urandom > /tmp/sent && sha256sum < /tmp/sent');
    await succeed(one, '{ nc -l -p 9000 < /dev/null > /tmp/got & } ; until netstat -ln | grep -q :9000; do sleep 0.1; done');
    lab.segment().impair('other', { bitsPerS: 4e6 });
    await succeed(other, '{ nc 10.0.0.1 9000 < /tmp/sent & } ; true');
    await succeed(one, 'until [ -s /tmp/got ]; do sleep 0.1; done');
    // Parted, the connection stands still in the middle, however long the host takes to freeze and to fork.
    lab.segment().partition(['one'], ['other']);
    const frozen = await lab.snapshot({ signal });
    const forks = await Promise.all([frozen.fork({ signal }), frozen.fork({ signal })]);
    try {
      for (const fork of forks) {
        const got = Number(await succeed(fork.machines.get('one') as Machine, 'wc -c < /tmp/got'));
        expect(got, 'what had come when the lab was frozen').toBeGreaterThan(0);
        expect(got).toBeLessThan(6_000_000);
      }
      const all = [lab, ...forks];
      for (const each of all) each.segment().heal();
      for (const each of all) {
        const receiver = each.machines.get('one') as Machine;
        expect(each.segment().ports.find(({ name }) => name === 'other')?.to.impairment?.bitsPerS).toBe(4e6);
        await succeed(receiver, 'for i in $(seq 1 900); do [ $(wc -c < /tmp/got) = 6000000 ] && break; sleep 0.1; done');
        expect(await succeed(receiver, 'sha256sum < /tmp/got')).toBe(digest);
      }
      expect(new Set(all.flatMap((each) => [...each.machines.values()].map(({ pid }) => pid))).size).toBe(6);
    } finally {
      for (const fork of forks) await fork[Symbol.asyncDispose]();
      await frozen[Symbol.asyncDispose]();
    }
  });

  test('needs machines that can be frozen, and then goes on', async ({ lab }) => {
    const [one] = await pair(lab);
    await expect(lab.snapshot()).rejects.toThrow('it was booted without `snapshots`');
    expect(await canPing(one, '10.0.0.2')).toBe(true);
  });
});
