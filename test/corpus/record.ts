import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { file } from '../../src/artifacts/index.ts';
import { withEntries } from '../../src/artifacts/programs.ts';
import { boot } from '../../src/harness/boot.ts';
import type { Machine, Snapshot } from '../../src/harness/machine.ts';
import type { ArtifactProvider } from '../../src/model/artifact.ts';
import { defineKernelProfile, type KernelProfile } from '../../src/model/profile.ts';
import type { CorpusCase } from './case.ts';

/** Whether a shell's prompt is the last thing that the console has said; Debian's BusyBox then asks for the cursor's position. */
const isAtPrompt = (text: string) => text.endsWith('# ') || text.endsWith('# \x1b[6n');

/** Records the console of cases that share one machine: it is booted once, and each case gets a fork of it. */
export async function recordForks(
  profile: KernelProfile,
  setUp: readonly string[],
  cases: readonly CorpusCase[],
  folder: string,
  done: (one: CorpusCase) => Promise<void>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bootLog = join(folder, 'boot.raw');
  await using machine = await boot(profile, { snapshots: true, consoleLogPath: bootLog, until: 'start' });
  await until(machine, bootLog, { done: isAtPrompt, silence: 1, seconds: 240 });
  for (const line of setUp) await type(machine, bootLog, line);
  await using snapshot = await machine.snapshot();
  await machine[Symbol.asyncDispose]();
  await eachOf(cases, async (one) => {
    await forkAndType(snapshot, one, join(folder, `${one.name}.raw`));
    await done(one);
  });
}

async function forkAndType(snapshot: Snapshot, one: CorpusCase, log: string): Promise<void> {
  const machine = await snapshot.fork({ consoleLogPath: log });
  try {
    await typeAndWait(machine, one, log);
  } finally {
    await machine[Symbol.asyncDispose]();
  }
}

/** Does it to three cases at a time. One that fails is told, and the others go on. */
export async function eachOf(cases: readonly CorpusCase[], record: (one: CorpusCase) => Promise<void>): Promise<void> {
  const queue = [...cases];
  const worker = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const { name } = one;
      await record(one).catch((error) => process.stderr.write(`${name}: ${error}\n`));
    }
  };
  await Promise.all([worker(), worker(), worker()]);
}

/** Records a case that is booted for itself. */
export async function recordBoot(profile: KernelProfile, one: CorpusCase, folder: string, disks: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, `${one.name}.raw`);
  const { overlay = {} } = one;
  const changed = Object.keys(overlay).length > 0;
  const entries = Object.entries(overlay).map(([path, text]) => file(path, text, 0o755));
  const own = defineKernelProfile({
    extends: profile,
    id: profile.id,
    machine: { ...(one.cpu && { cpu: one.cpu }), ...(one.machineType && { type: one.machineType }) },
  });
  const machine = await boot(own, {
    until: 'start',
    consoleLogPath: log,
    append: one.append ?? [],
    ...(one.vcpus && { vcpus: one.vcpus }),
    ...(one.memoryMiB && { memoryMiB: one.memoryMiB }),
    ...(one.qemuArgs && { qemuArgs: await ownDisks(one.qemuArgs, disks, join(folder, one.name)) }),
    ...(changed && { initramfs: withEntries(profile.initramfs as ArtifactProvider, 'corpus', async () => entries) }),
  });
  try {
    if (one.type) await until(machine, log, { done: isAtPrompt, silence: 1, seconds: 240 });
    await typeAndWait(machine, one, log);
  } finally {
    await machine[Symbol.asyncDispose]();
  }
}

/** Each machine writes to copies of its own. */
async function ownDisks(args: readonly string[], disks: string, prefix: string): Promise<string[]> {
  return Promise.all(
    args.map(async (arg) => {
      const image = /DISKS\/([\w.]+)/.exec(arg)?.[1];
      if (image === undefined) return arg;
      await copyFile(join(disks, image), `${prefix}.img`);
      return arg.replace(`DISKS/${image}`, `${prefix}.img`);
    }),
  );
}

async function typeAndWait(machine: Machine, one: CorpusCase, log: string): Promise<void> {
  const lines = [...(one.type ?? [])];
  const last = lines.pop();
  for (const line of lines) await type(machine, log, line);
  const from = (await text(log)).length;
  if (last !== undefined) await machine.console.send(`${last}\n`).catch(() => {});
  const isDone = (all: string) => one.until?.test(all.slice(from)) ?? true;
  await until(machine, log, { done: isDone, silence: one.silence ?? 3, seconds: one.seconds ?? 60 });
}

/** Types a line and waits for the next prompt. */
async function type(machine: Machine, log: string, line: string): Promise<void> {
  const from = (await text(log)).length;
  await machine.console.send(`${line}\n`).catch(() => {});
  await until(machine, log, { done: (all) => isAtPrompt(all) && all.slice(from).includes('\n'), silence: 0.3, seconds: 30 });
}

interface End {
  readonly done: (text: string) => boolean;
  readonly silence: number;
  readonly seconds: number;
}

/** Until the console is done and silent, QEMU has ended, or time is over. */
async function until(machine: Machine, log: string, { done, silence, seconds }: End): Promise<void> {
  const startedAt = performance.now();
  let ended = false;
  void machine.exited.then(() => {
    ended = true;
  });
  let length = 0;
  let changedAt = startedAt;
  while (!ended && performance.now() - startedAt < seconds * 1_000) {
    await delay(100);
    const all = await text(log);
    if (all.length !== length) changedAt = performance.now();
    length = all.length;
    if (length > 0 && performance.now() - changedAt > silence * 1_000 && done(all)) return;
  }
}

const text = async (log: string): Promise<string> => (await readFile(log).catch(() => Buffer.alloc(0))).toString('latin1');
