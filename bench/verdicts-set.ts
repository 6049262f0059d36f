import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linuxArm64 } from '../kernel/index.ts';
import { builtModule } from '../src/artifacts/built-module.ts';
import { file, standardInitramfs, virtioModules } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import { measureSlowness, slowedProfile } from '../src/harness/time/slowness.ts';
import { type Outcome, outcomeOfCause } from '../src/model/outcome.ts';
import type { Check, CheckBody, GuestNeeds } from '../src/phases/define.ts';
import { Forks } from '../src/phases/forks.ts';
import { type CheckEvent, type CheckResult, runCheck } from '../src/phases/run-check.ts';
import { assertions, brokenTests, passes } from './verdicts-checks.ts';
import { crashes, deaths, powerOffs, reboots } from './verdicts-ends.ts';
import { faults, overloads } from './verdicts-host.ts';
import { type Label, type Provocation, patientMs } from './verdicts-provocation.ts';
import { hangs, slow } from './verdicts-standstills.ts';

/** Every run of the set, by what it must be called. */
export const labelled: Readonly<Record<Label, readonly Provocation[]>> = {
  assertion: assertions,
  'guest-crash': crashes,
  'guest-hang': hangs,
  'guest-slow': slow,
  'unexpected-reboot': reboots,
  'guest-exit': powerOffs,
  'qemu-exit': deaths,
  'host-overload': overloads,
  'harness-fault': faults,
  'broken-test': brokenTests,
  pass: passes,
};

/** The outcome that a label stands for. */
export function outcomeOfLabel(label: Label): Outcome {
  return label === 'pass' ? 'PASS' : outcomeOfCause[label];
}

/** A run, and what it was called. */
export interface LabelledRun {
  readonly label: Label;
  readonly kind: string;
  readonly called: Label;
  readonly result: CheckResult;
}

/** Beside what a boot takes: for a fork, more than enough. */
const shortMs = 2_000;
/** Most of the runs wait for something. */
const atOnce = 4;

/** Where checks are run as `bringup run` runs them: on forks where their guests allow it, with times for the host of now. */
export class Laboratory implements AsyncDisposable {
  readonly #folder: string;
  readonly #forks: Forks;
  readonly #slowness = measureSlowness();
  readonly #profile = slowedProfile(linuxArm64, this.#slowness);
  readonly #overrides: { initramfs: string };
  readonly #bootMs: number;
  #runs = 0;

  private constructor(folder: string, initramfs: string, bootMs: number) {
    this.#folder = folder;
    this.#overrides = { initramfs };
    this.#bootMs = bootMs;
    this.#forks = new Forks(this.#profile, this.#overrides, []);
  }

  /** With the module of crashes in its userland. */
  static async open(): Promise<Laboratory> {
    const module = await builtModule({ name: 'crash', folder: fileURLToPath(new URL('../test/corpus/crash', import.meta.url)) })();
    const { path } = await standardInitramfs({ modules: virtioModules, overlay: [file('crash.ko', await readFile(module.path))] })();
    const startedAtMs = performance.now();
    await (await boot(linuxArm64, { initramfs: path }))[Symbol.asyncDispose]();
    return new Laboratory(await mkdtemp(join(tmpdir(), 'bringup-verdicts-')), path, Math.round(performance.now() - startedAtMs));
  }

  /** Runs one check as a run does. */
  async run(
    { kind, run, guest = { init: 'shell' }, budget = 'ample', ...options }: Provocation,
    record: (event: CheckEvent) => void = () => {},
  ) {
    this.#runs += 1;
    const interrupt = new AbortController();
    const body: CheckBody = async (context) => {
      if (options.interrupted) setTimeout(() => interrupt.abort(), 500);
      await run(context);
    };
    const check = checkOf(kind, guest, { ample: patientMs, short: shortMs + this.#bootMs, boot: 4_000 + 4 * this.#bootMs }[budget], body);
    return runCheck(check, {
      profile: this.#profile,
      overrides: this.#overrides,
      forks: this.#forks,
      record,
      consoleLogPath: options.consoleLogPath ?? join(this.#folder, `${this.#runs}.log`),
      machineId: 'machine',
      signal: interrupt.signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

function checkOf(title: string, guest: GuestNeeds, budgetMs: number, run: CheckBody): Check {
  return { id: 'verdicts.labelled', title, source: 'docs/verdicts.md', budgetMs, guest, expects: [], run };
}

export interface SetOptions {
  /** Which of them. @default all */
  readonly only?: (label: Label, kind: string) => boolean;
  readonly onRun: (run: LabelledRun) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Runs the set, each once. */
export async function runLabelled(laboratory: Laboratory, { only = () => true, onRun, signal }: SetOptions): Promise<LabelledRun[]> {
  const all = Object.entries(labelled).flatMap(([label, provocations]) =>
    provocations.filter(({ kind }) => only(label as Label, kind)).map((provocation) => ({ label: label as Label, provocation })),
  );
  const runs: LabelledRun[] = [];
  const work = async (queue: typeof all): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      signal?.throwIfAborted();
      const { label, provocation } = next;
      const result = await laboratory.run(provocation);
      // Without a cause it passed: nothing here is skipped.
      const called: Label = result.cause ?? 'pass';
      const run = { label, kind: provocation.kind, called, result };
      runs.push(run);
      onRun(run);
    }
  };
  const together = all.filter(({ provocation }) => !provocation.alone);
  await Promise.all(Array.from({ length: atOnce }, () => work(together)));
  await work(all.filter(({ provocation }) => provocation.alone));
  return runs;
}

/** How many runs were made to be this (row), and called that (column). */
export function confusionMatrix(runs: readonly LabelledRun[]): Record<Label, Record<Label, number>> {
  const labels = Object.keys(labelled) as Label[];
  const by = <T>(value: (label: Label) => T) => Object.fromEntries(labels.map((label) => [label, value(label)])) as Record<Label, T>;
  return by((label) => by((called) => runs.filter((run) => run.label === label && run.called === called).length));
}

/** The matrix in lines, for people. */
export function renderMatrix(matrix: ReturnType<typeof confusionMatrix>): string[] {
  const labels = Object.keys(matrix) as Label[];
  const corner = 'made to be, called';
  const [first, width] = [corner.length, 9];
  const row = (head: string, cells: readonly string[]): string =>
    [head.padEnd(first), ...cells.map((cell) => cell.slice(0, width).padStart(width))].join(' ');
  return [
    row(corner, labels),
    ...labels.map((label) =>
      row(
        label,
        labels.map((called) => String(matrix[label][called] || '.')),
      ),
    ),
  ];
}
