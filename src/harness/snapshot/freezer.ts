import { readFile } from 'node:fs/promises';
import type { KernelProfile } from '../../model/profile.ts';
import type { MachineStart } from '../harness-event.ts';
import type { Freezer, Machine, Snapshot, SnapshotOptions } from '../machine.ts';
import type { QemuSpec, RamFile } from '../qemu-argv.ts';
import type { ShellState } from '../shell/frozen-shell.ts';
import { copyFile } from './copy-file.ts';
import { HeldFile } from './held-file.ts';
import { migrate } from './migration.ts';
import { renewalLine } from './renewal.ts';
import { FrozenMachine } from './snapshot.ts';

export interface FreezerOptions {
  readonly profile: KernelProfile;
  /** Of the machine, but for its RAM. */
  readonly spec: QemuSpec;
  readonly started: MachineStart;
}

/** Freezes a machine whose RAM is a file: that is copied, and the rest is QEMU's migration stream. */
export class RamFreezer implements Freezer {
  readonly #options: FreezerOptions;
  readonly #file = HeldFile.unnamed();

  constructor(options: FreezerOptions) {
    this.#options = options;
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
    const { spec, started, profile } = this.#options;
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
