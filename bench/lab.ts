import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import { Capture } from '../src/harness/lab/capture.ts';
import { lengthPrefix } from '../src/harness/lab/frame-codec.ts';
import { Lab } from '../src/harness/lab/lab.ts';
import { encodeEthernet } from '../src/harness/lab/packets/ethernet.ts';
import { Segment } from '../src/harness/lab/segment.ts';
import type { Machine } from '../src/harness/machine.ts';
import { labStart } from '../src/phases/lab-start.ts';
import { type Bench, type BenchOptions, type Metric, metric } from './bench.ts';

const pairs = 5;
const transferMiB = 32;
const switchedFrames = 200_000;
const mostUnderWay = 1_000_000;

export const bench: Bench = { name: 'lab', run };

/** What a lab's switch takes of the speed that two machines have on one socket, and how fast it is alone. */
async function run({ onProgress, signal }: BenchOptions): Promise<Metric[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bringup-bench-lab-'));
  try {
    const rates = { switched: [] as number[], direct: [] as number[] };
    const { switched, direct, machines, lab } = await bothPairs(join(folder, 's'));
    try {
      // One of each before it counts.
      for (let pair = 0; pair <= pairs; pair += 1) {
        signal?.throwIfAborted();
        onProgress(`transfer: pair ${pair} of ${pairs}`);
        const order = pair % 2 === 0 ? (['switched', 'direct'] as const) : (['direct', 'switched'] as const);
        for (const side of order) {
          const rate = await transferRate(side === 'switched' ? switched : direct);
          if (pair > 0) rates[side].push(rate);
        }
      }
    } finally {
      for (const machine of machines) await machine[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    }
    const forwarded: number[] = [];
    const piped: number[] = [];
    for (let round = 0; round < pairs; round += 1) {
      onProgress(`switch alone: round ${round + 1} of ${pairs}`);
      forwarded.push(await frameRate(join(folder, `f${round}`), throughSegment));
      piped.push(await frameRate(join(folder, `p${round}`), (from, to) => void from.pipe(to)));
    }
    return [
      metric('lab_transfer', 'MB/s', rates.switched, { name: 'the same machines on one socket of QEMU’s', samples: rates.direct }),
      metric('lab_switch', 'MB/s', forwarded, { name: 'the same bytes from socket to socket in Node', samples: piped }),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Pair = readonly [sender: Machine, receiver: Machine];

async function bothPairs(socketPath: string): Promise<{ switched: Pair; direct: Pair; machines: readonly Machine[]; lab: Lab }> {
  const lab = new Lab({ start: labStart(linuxArm64, undefined) });
  const switched = [await lab.machine('one'), await lab.machine('other')] as const;
  const direct = [await onSocket(socketPath, 'on', 1), await onSocket(socketPath, 'off', 2)] as const;
  for (const [sender, receiver] of [switched, direct]) {
    await sender.shell.run('ip addr add 10.0.0.1/24 dev eth0 && ip link set eth0 up');
    await receiver.shell.run('ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up');
    await sender.shell.run(`dd if=/dev/urandom of=/tmp/data bs=1M count=${transferMiB} 2> /dev/null; httpd -p 80 -h /tmp`);
  }
  return { switched, direct, machines: direct, lab };
}

/** A machine whose card is one end of a socket, the other end of which is another's. */
function onSocket(path: string, server: 'on' | 'off', number: number): Promise<Machine> {
  const netdev = `stream,id=direct,server=${server},addr.type=unix,addr.path=${path}`;
  const device = `virtio-net-pci,netdev=direct,mac=52:54:00:00:00:0${number},romfile=`;
  return boot(linuxArm64, { qemuArgs: ['-netdev', netdev, '-device', device] });
}

/** In MB (10^6 bytes) a second. */
async function transferRate([, receiver]: Pair): Promise<number> {
  const startedAtMs = performance.now();
  const { output } = await receiver.shell.run('wget -q -O - http://10.0.0.1/data | wc -c', { captured: true, timeoutMs: 120_000 });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  if (Number(output) !== transferMiB * 2 ** 20) throw new Error(`the transfer brought ${output} bytes`);
  return (transferMiB * 2 ** 20) / 1e6 / seconds;
}

function throughSegment(from: Socket, to: Socket): void {
  const segment = new Segment({ name: 'bench', seed: 0, watch: new Capture().watch });
  segment.join('from', from);
  segment.join('to', to);
}

/** Whole frames from one socket to another, by what is in between: in MB (10^6 bytes of frames) a second. */
async function frameRate(path: string, joinThem: (from: Socket, to: Socket) => void): Promise<number> {
  const [[sender, from], [receiver, to]] = [await socketPair(`${path}a`), await socketPair(`${path}b`)];
  joinThem(from, to);
  const frame = encodeEthernet({
    ...{ destination: '52:54:00:00:00:02', source: '52:54:00:00:00:01', type: 0x88b5 },
    payload: Buffer.alloc(1_500),
  });
  const lot = Buffer.concat(Array.from({ length: 40 }, () => [lengthPrefix(frame), frame]).flat());
  const total = (switchedFrames / 40) * lot.length;
  let [sent, received] = [0, 0];
  let look = (): void => {};
  receiver.on('data', (piece: Buffer) => {
    received += piece.length;
    look();
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => void (holds() && resolve());
      look();
    });
  const startedAtMs = performance.now();
  for (; sent < total; sent += lot.length) {
    // As a guest does: a switch loses what nobody takes.
    await until(() => sent - received < mostUnderWay);
    sender.write(lot);
  }
  await until(() => received === total);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  for (const socket of [sender, from, receiver, to]) socket.destroy();
  return total / 1e6 / seconds;
}

async function socketPair(path: string): Promise<[Socket, Socket]> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const server = createServer((socket) => resolve(socket));
  await new Promise<void>((listening) => server.listen(path, listening));
  const one = connect(path);
  const other = await promise;
  server.close();
  return [one, other];
}
