import { readFile } from 'node:fs/promises';
import { linuxArm64 } from '../kernel/index.ts';
import { withPrograms } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { MachineShape } from '../src/harness/boot-plan.ts';
import type { Snapshot } from '../src/harness/machine.ts';
import { FrozenMachine } from '../src/harness/snapshot/snapshot.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';
import { sharedSnapshot } from '../src/phases/shared-snapshot.ts';
import { type Bench, type BenchOptions, type Metric, metric } from './bench.ts';
import { RawFork } from './raw-fork.ts';

const pairs = 25;
const forksAtOnce = 2;
const forksEach = 40;
const livingForks = 4;

interface Series {
  readonly start: 'warm' | 'cold';
  readonly shape: MachineShape;
  readonly p50: string;
  readonly p95: string;
}

/** A disk, and a network card with the address that it was leased. */
const devices: MachineShape = {
  disks: [{ sizeMiB: 64 }],
  networks: [{ kind: 'user' }],
  preparation: ['udhcpc -i eth0 -q -n >/dev/null 2>&1'],
};

const series: readonly Series[] = [
  { start: 'warm', shape: {}, p50: 'fork_warm_p50', p95: 'fork_warm_p95' },
  { start: 'cold', shape: {}, p50: 'fork_cold_p50', p95: 'fork_cold_p95' },
  { start: 'warm', shape: { vcpus: 4 }, p50: 'fork_warm_p50_4cpu', p95: 'fork_warm_p95_4cpu' },
  { start: 'cold', shape: { vcpus: 4 }, p50: 'fork_cold_p50_4cpu', p95: 'fork_cold_p95_4cpu' },
  { start: 'warm', shape: devices, p50: 'fork_warm_p50_disk_net', p95: 'fork_warm_p95_disk_net' },
  { start: 'cold', shape: devices, p50: 'fork_cold_p50_disk_net', p95: 'fork_cold_p95_disk_net' },
];

export const bench: Bench = { name: 'fork', run };

/** From a frozen machine to the first command's result, with the renewal of clock and random pool, beside the least that does the same. */
async function run({ onProgress, signal }: BenchOptions): Promise<Metric[]> {
  const metrics: Metric[] = [];
  for (const { start, shape, p50, p95 } of series) {
    const { ours, raw } = await measure(start, shape, (pair) => {
      signal?.throwIfAborted();
      onProgress(`${p50}: pair ${pair} of ${pairs}`);
    });
    const baseline = { name: 'raw QEMU and QMP', samples: raw };
    metrics.push(metric(p50, 'ms', ours, baseline), metric(p95, 'ms', ours, baseline, 95));
  }
  onProgress('renewal, forks a minute, memory');
  const renewal = await measureRenewal();
  metrics.push(metric('fork_renewal', 'ms', renewal.renewed, { name: 'the same forks without renewal', samples: renewal.bare }));
  metrics.push(metric('fork_rate', 'forks/min', [await forksAMinute()]));
  metrics.push(metric('fork_pss', 'MiB', await memoryOfForks()));
  return metrics;
}

/** What the renewal adds: warm forks of one machine, frozen with and without. */
async function measureRenewal(): Promise<{ renewed: number[]; bare: number[] }> {
  const initramfs = withPrograms(linuxArm64.initramfs as ArtifactProvider, ['fork-renewal']);
  const machine = await boot(linuxArm64, { initramfs, snapshots: true });
  await machine.shell.run('true');
  const bare = { snapshot: await machine.snapshot(), samples: [] as number[] };
  const renewed = { snapshot: await machine.snapshot({ renewal: '/probes/fork-renewal' }), samples: [] as number[] };
  await machine[Symbol.asyncDispose]();
  for (let pair = 0; pair < pairs; pair += 1)
    for (const { snapshot, samples } of pair % 2 === 0 ? [bare, renewed] : [renewed, bare]) samples.push(await timeFork(snapshot, 'warm'));
  for (const { snapshot } of [bare, renewed]) await snapshot[Symbol.asyncDispose]();
  return { renewed: renewed.samples, bare: bare.samples };
}

/** Two loops side by side, as tests on two cores do it; each fork runs a command and ends. */
async function forksAMinute(): Promise<number> {
  const snapshot = await sharedSnapshot(linuxArm64, {});
  const startedAtMs = performance.now();
  const loop = async (): Promise<void> => {
    for (let fork = 0; fork < forksEach; fork += 1) {
      const machine = await snapshot.fork();
      await machine.shell.run('echo forked-$((40+2))');
      await machine[Symbol.asyncDispose]();
    }
  };
  await Promise.all(Array.from({ length: forksAtOnce }, loop));
  const minutes = (performance.now() - startedAtMs) / 60_000;
  await snapshot[Symbol.asyncDispose]();
  return Math.round((forksAtOnce * forksEach) / minutes);
}

/** Proportional set size of each of some forks that live at the same time and have run a command (proc(5), smaps_rollup). */
async function memoryOfForks(): Promise<number[]> {
  const snapshot = await sharedSnapshot(linuxArm64, {});
  const forks = await Promise.all(Array.from({ length: livingForks }, () => snapshot.fork()));
  await Promise.all(forks.map((fork) => fork.shell.run('ls / | wc -l')));
  const sizes = await Promise.all(forks.map(({ pid }) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8')));
  for (const disposable of [...forks, snapshot]) await disposable[Symbol.asyncDispose]();
  return sizes.map((text) => Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024);
}

async function measure(start: 'warm' | 'cold', shape: MachineShape, onPair: (pair: number) => void) {
  const ours: number[] = [];
  const raw: number[] = [];
  const time = async (samples: number[], fork: Fork): Promise<void> => void samples.push(await fork(start, shape));
  // One of each before it counts: files are read from the disk once.
  for (let pair = 0; pair <= pairs; pair += 1) {
    onPair(pair);
    const counts = pair > 0;
    const order = pair % 2 === 0 ? [ourFork, rawFork] : [rawFork, ourFork];
    for (const fork of order) await time(counts ? (fork === ourFork ? ours : raw) : [], fork);
  }
  return { ours, raw };
}

type Fork = (start: 'warm' | 'cold', shape: MachineShape) => Promise<number>;

async function ourFork(start: 'warm' | 'cold', shape: MachineShape): Promise<number> {
  const snapshot = await sharedSnapshot(linuxArm64, shape);
  try {
    return await timeFork(snapshot, start);
  } finally {
    await snapshot[Symbol.asyncDispose]();
  }
}

async function timeFork(snapshot: Snapshot, start: 'warm' | 'cold'): Promise<number> {
  if (start === 'warm') await snapshot.warmUp();
  const startedAtMs = performance.now();
  const machine = await snapshot.fork();
  await machine.shell.run('echo forked-$((40+2))');
  const durationMs = performance.now() - startedAtMs;
  await machine[Symbol.asyncDispose]();
  return durationMs;
}

async function rawFork(start: 'warm' | 'cold', shape: MachineShape): Promise<number> {
  const snapshot: Snapshot = await sharedSnapshot(linuxArm64, shape);
  if (!(snapshot instanceof FrozenMachine)) throw new Error('the bench needs the files of a snapshot');
  let startedAtMs = performance.now();
  const fork = new RawFork(snapshot);
  try {
    await fork.prepare();
    if (start === 'warm') startedAtMs = performance.now();
    await fork.run();
    return performance.now() - startedAtMs;
  } finally {
    await fork.kill();
    await snapshot[Symbol.asyncDispose]();
  }
}
