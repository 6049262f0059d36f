import { BringupError } from '../../model/errors.ts';
import type { KernelProfile } from '../../model/profile.ts';
import { assemble } from '../assemble.ts';
import { closeFiles } from '../devices/disk-files.ts';
import type { MachinePast } from '../end-watch.ts';
import type { MachineStart, Observer } from '../harness-event.ts';
import type { ForkOptions, Machine, Snapshot } from '../machine.ts';
import type { QemuSpec } from '../qemu-argv.ts';
import type { ShellState } from '../shell/frozen-shell.ts';
import type { GuestFacts } from '../symbols/guest-facts.ts';
import type { GuestSymbols } from '../symbols/guest-symbols.ts';
import type { MachineFiles } from './frozen-files.ts';
import { LoadedQemu } from './loaded-qemu.ts';
import { QemuPool } from './pool.ts';
import { renewalLine } from './renewal.ts';

/** What the host knows of a frozen machine. */
export interface FrozenState {
  readonly spec: QemuSpec;
  readonly started: MachineStart;
  readonly past: MachinePast;
  /** Undefined where no shell was set up. */
  readonly shell: ShellState | undefined;
  /** The program that the shell waits in. */
  readonly renewal: string | undefined;
  /** Undefined where the guest was not asked, or is no Linux. */
  readonly facts: GuestFacts | undefined;
}

export interface FrozenParts {
  readonly profile: KernelProfile;
  readonly frozen: FrozenState;
  readonly files: MachineFiles;
  /** QEMU's migration stream, without the RAM. */
  readonly state: Uint8Array;
  readonly symbols: GuestSymbols | undefined;
}

/** The next QEMU is started when a fork's first command is done, or after this time: what starts beside a fork makes it later. */
const refillAfterMs = 200;

/** A frozen machine. The RAM is a file that all forks map, each with changes of its own. */
export class FrozenMachine implements Snapshot {
  readonly frozen: FrozenState;
  readonly parts: FrozenParts;
  /** QEMUs that were asked for and have not opened the files yet. */
  readonly #starting = new Set<Promise<unknown>>();
  readonly #pool: QemuPool;
  #disposal: Promise<void> | undefined;

  constructor(parts: FrozenParts) {
    this.parts = parts;
    this.frozen = parts.frozen;
    this.#pool = new QemuPool(parts.frozen.spec.memoryMiB, async () => this.#load());
  }

  get symbols(): GuestSymbols | undefined {
    return this.parts.symbols;
  }

  get facts(): GuestFacts | undefined {
    return this.frozen.facts;
  }

  async fork(options: ForkOptions = {}): Promise<Machine> {
    this.#refuseDisposed();
    const qemu = (await this.#pool.take()) ?? (await this.#load(options.signal));
    const machine = this.#machine(qemu, options);
    try {
      await qemu.qmp.execute('cont', {}, options.signal && { signal: options.signal });
      await this.#renew(machine);
      return machine;
    } catch (error) {
      if (options.onUnready) options.onUnready(machine);
      else await machine[Symbol.asyncDispose]();
      throw error;
    } finally {
      setTimeout(() => this.#pool.refill(), refillAfterMs).unref();
    }
  }

  async warmUp(): Promise<void> {
    this.#refuseDisposed();
    await this.#pool.warmUp();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
    await Promise.allSettled(this.#starting);
    const { ram, disks } = this.parts.files;
    closeFiles([ram, ...disks]);
  }

  #refuseDisposed(): void {
    if (this.#disposal) throw new BringupError('disposed', 'the snapshot was disposed', { hint: 'fork it before that.' });
  }

  #load(signal?: AbortSignal): Promise<LoadedQemu> {
    this.#refuseDisposed();
    const { files, state } = this.parts;
    const starting = LoadedQemu.start(this.frozen.spec, files, state, signal);
    const settled = starting.catch(() => {}).finally(() => this.#starting.delete(settled));
    this.#starting.add(settled);
    return starting;
  }

  #machine({ process, qmp }: LoadedQemu, { id = 'machine', observe = () => {}, consoleLogPath }: ForkOptions): Machine {
    const { profile } = this.parts;
    const { spec, started, past, shell } = this.frozen;
    const observeAndRefill: Observer = (event) => {
      observe(event);
      if (event.type === 'step') setImmediate(() => this.#pool.refill());
    };
    observe({ type: 'machine.started', machine: id, ...started, isFork: true });
    const assembly = assemble(process, {
      id,
      profile,
      spec,
      startedAtMs: performance.now(),
      observe: observeAndRefill,
      consoleLogPath,
      past,
    });
    qmp.onEvent((event) => assembly.watch.takeQmpEvent(event));
    return assembly.machine({ qmp, frozenShell: shell, knowledge: this });
  }

  async #renew(machine: Machine): Promise<void> {
    const { renewal } = this.frozen;
    if (renewal !== undefined) await machine.shell.thaw({ program: renewal, line: () => renewalLine() });
  }
}
