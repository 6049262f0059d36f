import { readFile } from 'node:fs/promises';
import type { BootPlan } from '../boot-plan.ts';
import type { Freezer, Machine, Snapshot, SnapshotOptions } from '../machine.ts';
import type { RamFile } from '../qemu-argv.ts';
import type { ShellState } from '../shell/frozen-shell.ts';
import { copyFile } from './copy-file.ts';
import { HeldFile } from './held-file.ts';
import { migrate } from './migration.ts';
import { renewalLine } from './renewal.ts';
import { FrozenMachine } from './snapshot.ts';

/** Freezes a machine whose RAM is a file: that is copied, and the rest is QEMU's migration stream. */
export class RamFreezer implements Freezer {
  readonly #plan: BootPlan;
  readonly #file = HeldFile.unnamed();

  constructor(plan: BootPlan) {
    this.#plan = plan;
  }

  /** What the machine must have as its RAM. */
  get ram(): RamFile {
    return { path: this.#file.path, isShared: true };
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
    const { spec, started, profile } = this.#plan;
    const past = { markers: [...machine.markers], crashes: [...machine.crashes] };
    const ram = HeldFile.unnamed();
    const state = HeldFile.unnamed();
    try {
      await whileStopped(machine, async () => {
        await migrate(machine.qmp, 'migrate', `exec:cat >${state.path}`, signal);
        await copyFile(this.#file.path, ram.path);
      });
      const frozen = { spec, started, past, shell, renewal };
      return new FrozenMachine({ profile, frozen, ram, state: await readFile(state.path) });
    } catch (error) {
      ram[Symbol.dispose]();
      throw error;
    } finally {
      state[Symbol.dispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file[Symbol.dispose]();
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
