import { readFile } from 'node:fs/promises';
import type { BootPlan } from '../boot-plan.ts';
import type { Freezer, Machine, Snapshot, SnapshotOptions } from '../machine.ts';
import type { QemuSpec } from '../qemu-argv.ts';
import type { ShellState } from '../shell/frozen-shell.ts';
import { copyFile } from './copy-file.ts';
import { overlayOf, withFiles } from './frozen-files.ts';
import { HeldFile } from './held-file.ts';
import { migrate } from './migration.ts';
import { renewalLine } from './renewal.ts';
import { FrozenMachine } from './snapshot.ts';

/** Freezes a machine whose RAM and disks are files of ours: those are copied, and the rest is QEMU's migration stream. */
export class FileFreezer implements Freezer {
  readonly #plan: BootPlan;
  readonly #ram: HeldFile;
  readonly #overlays: readonly HeldFile[];

  private constructor(plan: BootPlan, ram: HeldFile, overlays: readonly HeldFile[]) {
    this.#plan = plan;
    this.#ram = ram;
    this.#overlays = overlays;
  }

  /** @throws BringupError `snapshot-failed` where an image can't have an overlay. */
  static async create(plan: BootPlan): Promise<FileFreezer> {
    const overlays: HeldFile[] = [];
    try {
      for (const disk of plan.spec.disks ?? []) overlays.push(await overlayOf(disk));
      return new FileFreezer(plan, HeldFile.unnamed(), overlays);
    } catch (error) {
      for (const overlay of overlays) overlay[Symbol.dispose]();
      throw error;
    }
  }

  /** The machine's spec, with those files in it. */
  get spec(): QemuSpec {
    return withFiles(this.#plan.spec, { ram: this.#ram, overlays: this.#overlays }, 'own');
  }

  async freeze(machine: Machine, { renewal, signal }: SnapshotOptions): Promise<Snapshot> {
    const waiter = renewal === undefined ? undefined : { program: renewal, line: () => renewalLine() };
    if (machine.profile.shellDialect === 'none') return this.#save(machine, undefined, undefined, signal);
    return machine.shell.frozen(waiter, (shell) => this.#save(machine, renewal, shell, signal));
  }

  async #save(
    machine: Machine,
    renewal: string | undefined,
    shell: ShellState | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Snapshot> {
    const { spec, started, profile, symbols } = this.#plan;
    const past = { markers: [...machine.markers], crashes: [...machine.crashes] };
    const originals = [this.#ram, ...this.#overlays];
    const [ram, ...overlays] = originals.map(() => HeldFile.unnamed()) as [HeldFile, ...HeldFile[]];
    const state = HeldFile.unnamed();
    try {
      await whileStopped(machine, async () => {
        await migrate(machine.qmp, 'migrate', `exec:cat >${state.path}`, signal);
        for (const [index, copy] of [ram, ...overlays].entries()) await copyFile((originals[index] as HeldFile).path, copy.path);
      });
      const frozen = { spec, started, symbols, past, shell, sideChannel: machine.sideChannel, renewal };
      return new FrozenMachine({ profile, frozen, files: { ram, overlays }, state: await readFile(state.path) });
    } catch (error) {
      for (const file of [ram, ...overlays]) file[Symbol.dispose]();
      throw error;
    } finally {
      state[Symbol.dispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of [this.#ram, ...this.#overlays]) file[Symbol.dispose]();
  }
}

async function whileStopped(machine: Machine, body: () => Promise<void>): Promise<void> {
  await machine.qmp.execute('stop');
  try {
    await body();
  } finally {
    // Where QEMU is gone, that has been told already.
    await machine.qmp.execute('cont').catch(() => {});
  }
}
