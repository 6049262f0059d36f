import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import { qemuArgv, qemuPrograms } from '../src/harness/qemu-argv.ts';
import { bounded } from '../src/harness/wait.ts';
import type { Artifact } from '../src/model/artifact.ts';
import { BringupError } from '../src/model/errors.ts';
import { type Bench, type BenchOptions, type Metric, metric } from './bench.ts';

const pairs = 9;
/** For a prompt that a kernel message spoilt: without it, the bench would wait for ever. */
const bareBootTimeoutMs = 120_000;

export const bench: Bench = { name: 'boot', run };

/** Cold boot to the prompt by `boot()`, artifacts ready in the cache, against the least that starts the same QEMU and sees the prompt. */
async function run({ onProgress, signal }: BenchOptions): Promise<Metric[]> {
  onProgress('warming up');
  const artifacts = await provide();
  await bareBoot(artifacts, signal);
  await ourBoot();
  const ours: number[] = [];
  const bare: number[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    signal?.throwIfAborted();
    onProgress(`pair ${pair} of ${pairs}`);
    // In turn, and each first as often as the other: what the host does beside it meets both.
    if (pair % 2 === 0) ours.push(await ourBoot());
    bare.push(await bareBoot(artifacts, signal));
    if (pair % 2 === 1) ours.push(await ourBoot());
  }
  const cold = metric('boot_cold', 'ms', ours, { name: 'bare QEMU', samples: bare });
  // Load that meets both boots of a pair cancels out.
  const overhead = metric(
    'boot_overhead',
    'ratio of each pair',
    ours.map((ms, index) => ms / (bare[index] as number)),
  );
  return [cold, overhead];
}

async function provide(): Promise<{ kernel: Artifact; initramfs: Artifact }> {
  const { kernel, initramfs } = linuxArm64;
  if (typeof kernel === 'string' || typeof initramfs !== 'function') throw new Error('the profile of the bench makes its artifacts itself');
  return { kernel: await kernel(), initramfs: await initramfs() };
}

async function ourBoot(): Promise<number> {
  const startedAtMs = performance.now();
  const machine = await boot(linuxArm64);
  const durationMs = performance.now() - startedAtMs;
  await machine[Symbol.asyncDispose]();
  return durationMs;
}

/** The same QEMU, spawned as it is, its serial line searched for the prompt's bytes, and killed. */
async function bareBoot({ kernel, initramfs }: { kernel: Artifact; initramfs: Artifact }, signal?: AbortSignal): Promise<number> {
  const { arch, machine, vcpus, memoryMiB, cmdline } = linuxArm64;
  const { type: machineType, cpu, qemuArgs: extraArgs } = machine;
  const paths = { kernelPath: kernel.path, initramfsPath: initramfs.path };
  const argv = qemuArgv({ arch, machineType, cpu, vcpus, memoryMiB, cmdline, extraArgs, ...paths });
  const startedAtMs = performance.now();
  const qemu = spawn(qemuPrograms[arch], argv, { stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => qemu.once('exit', resolve));
  const prompt = new Promise<void>((resolve, reject) => {
    let text = '';
    (qemu.stdio[3] as Socket).on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (text.endsWith('\r\n/ # ')) resolve();
    });
    void exited.then(() => reject(new Error('the bare QEMU ended before the prompt came')));
  });
  const late = (): BringupError => new BringupError('boot-timeout', `the bare QEMU showed no prompt within ${bareBootTimeoutMs} ms`);
  try {
    await bounded(prompt, 'the bare boot', { timeoutMs: bareBootTimeoutMs, signal }, late);
    return performance.now() - startedAtMs;
  } finally {
    qemu.kill('SIGKILL');
    await exited;
  }
}
