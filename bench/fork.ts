import { linuxArm64 } from '../kernel/index.ts';
import type { MachineShape } from '../src/harness/boot-plan.ts';
import type { Snapshot } from '../src/harness/machine.ts';
import { FrozenMachine } from '../src/harness/snapshot/snapshot.ts';
import { sharedSnapshot } from '../src/phases/shared-snapshot.ts';
import { type Bench, type BenchOptions, type Metric, metric } from './bench.ts';
import { RawFork } from './raw-fork.ts';

const pairs = 25;
const shapes: readonly { suffix: string; shape: MachineShape }[] = [
  { suffix: '', shape: {} },
  { suffix: '_4cpu', shape: { vcpus: 4 } },
];

export const bench: Bench = { name: 'fork', run };

/** From a frozen machine to the first command's result, with the renewal of clock and random pool, beside the least that does the same. */
async function run({ onProgress, signal }: BenchOptions): Promise<Metric[]> {
  const metrics: Metric[] = [];
  for (const { suffix, shape } of shapes) {
    for (const start of ['warm', 'cold'] as const) {
      const { ours, raw } = await measure(start, shape, (pair) => {
        signal?.throwIfAborted();
        onProgress(`${start}${suffix}: pair ${pair} of ${pairs}`);
      });
      for (const percent of [50, 95])
        metrics.push(metric(`fork_${start}_p${percent}${suffix}`, 'ms', ours, { name: 'raw QEMU and QMP', samples: raw }, percent));
    }
  }
  return metrics;
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
    if (start === 'warm') await snapshot.warmUp();
    const startedAtMs = performance.now();
    const machine = await snapshot.fork();
    await machine.shell.run('echo forked-$((40+2))');
    const durationMs = performance.now() - startedAtMs;
    await machine[Symbol.asyncDispose]();
    return durationMs;
  } finally {
    await snapshot[Symbol.asyncDispose]();
  }
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
