import { readFile } from 'node:fs/promises';
import { BringupError } from '../../model/errors.ts';
import type { BootPlan } from '../boot-plan.ts';
import { closeFiles, ownDiskFiles } from '../devices/disk-files.ts';
import { requireNoLayers } from '../devices/disk-layers.ts';
import type { Freezer, Machine, Snapshot, SnapshotOptions } from '../machine.ts';
import type { QemuSpec } from '../qemu-argv.ts';
import type { ShellState } from '../shell/frozen-shell.ts';
import { type GuestReading, readGuest } from '../symbols/guest-facts.ts';
import { symbolsIn } from '../symbols/read-symbols.ts';
import { bounded } from '../wait.ts';
import { copyFile } from './copy-file.ts';
import { type MachineFiles, withOwnFiles } from './frozen-files.ts';
import { HeldFile } from './held-file.ts';
import { migrate } from './migration.ts';
import { renewalLine } from './renewal.ts';
import { FrozenMachine } from './snapshot.ts';

/** Freezes a machine whose RAM and disks are files of ours: those are copied, and the rest is QEMU's migration stream. */
export class FileFreezer implements Freezer {
  readonly #plan: BootPlan;
  readonly #files: MachineFiles;

  /** @throws BringupError `snapshot-failed` for a disk that can't be frozen. */
  constructor(plan: BootPlan) {
    requireNoLayers(plan.spec.disks ?? []);
    this.#plan = plan;
    this.#files = { ram: HeldFile.unnamed(), disks: ownDiskFiles(plan.spec.disks ?? [], true) };
  }

  /** The machine's spec, with those files in it. */
  get spec(): QemuSpec {
    return withOwnFiles(this.#plan.spec, this.#files);
  }

  async freeze(machine: Machine, options: SnapshotOptions): Promise<Snapshot> {
    const { renewal } = options;
    const waiter = renewal === undefined ? undefined : { program: renewal, line: () => renewalLine() };
    if (machine.profile.shellDialect === 'none') return this.#save(machine, {}, options);
    // Without renewal the shell is frozen as its user left it. Both get their turn at once, before whatever comes next.
    const reading = renewal === undefined ? undefined : readGuest(machine.shell);
    reading?.catch(() => {});
    return machine.shell.frozen(waiter, async (shell) => this.#save(machine, { shell, reading: await reading }, options));
  }

  async #save(
    machine: Machine,
    { shell, reading }: { shell?: ShellState | undefined; reading?: GuestReading | undefined },
    { renewal, whenStopped, signal }: SnapshotOptions,
  ): Promise<Snapshot> {
    const { spec, started, profile, symbols } = this.#plan;
    const past = { markers: [...machine.markers], crashes: [...machine.crashes] };
    const originals = [this.#files.ram, ...this.#files.disks];
    const [ram, ...disks] = originals.map((file) => file && HeldFile.unnamed()) as [HeldFile, ...(HeldFile | undefined)[]];
    const copies = [ram, ...disks];
    const state = HeldFile.unnamed();
    try {
      await whileStopped(machine, async () => {
        if (whenStopped) await bounded(whenStopped(), 'freezing machines together', togetherWait(signal), tooLate);
        await migrate(machine.qmp, 'migrate', `exec:cat >${state.path}`, signal);
        for (const [index, copy] of copies.entries()) if (copy) await copyFile((originals[index] as HeldFile).path, copy.path);
      });
      const frozen = { spec, started, past, shell, sideChannel: machine.sideChannel, renewal, facts: reading?.facts };
      const known = await symbolsIn(ram.path, reading?.moduleCode);
      return new FrozenMachine({
        profile,
        frozen,
        files: { ram, disks },
        state: await readFile(state.path),
        symbols: known,
        planSymbols: symbols,
      });
    } catch (error) {
      closeFiles(copies);
      throw error;
    } finally {
      state[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    closeFiles([this.#files.ram, ...this.#files.disks]);
  }
}

/** Each of them may be busy with a command before it can be frozen. */
const togetherMs = 120_000;

function togetherWait(signal: AbortSignal | undefined) {
  return { timeoutMs: togetherMs, ...(signal && { signal }) };
}

function tooLate(): BringupError {
  return new BringupError('snapshot-failed', `machines that are frozen together did not all stand still within ${togetherMs} ms`, {
    hint: 'one of them may be busy with a command that waits for another one, which stands still already.',
  });
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
