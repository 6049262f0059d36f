import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { CrashReport } from '../parsers/crash.ts';
import type { Console } from './console/console.ts';
import type { MarkerSighting } from './console-notes.ts';
import type { HotplugPorts, Pluggable, PluggedDevice } from './devices/hotplug.ts';
import type { MachineDisks } from './devices/machine-disks.ts';
import { recordBacktraces, sysrqCapability } from './diagnosis/backtraces.ts';
import type { GuestEnd } from './end-classification.ts';
import type { EndWatch, MachineExit } from './end-watch.ts';
import type { Fate } from './fate.ts';
import type { Gdb } from './gdb/gdb.ts';
import type { Observer } from './harness-event.ts';
import type { QemuProcess } from './qemu-process.ts';
import type { QmpClient } from './qmp/client.ts';
import type { ShellState } from './shell/frozen-shell.ts';
import { type CommandStep, Shell, type ShellOptions } from './shell/shell.ts';
import { openSideShell } from './shell/side-shell.ts';
import type { SideChannel, SideChannelState } from './side-channel.ts';
import type { GuestFacts } from './symbols/guest-facts.ts';
import type { GuestSymbols } from './symbols/guest-symbols.ts';
import { readLiveSymbols } from './symbols/read-symbols.ts';
import type { HostMeter } from './time/host-meter.ts';
import { abortError, bounded, type Explain, type SpentWait, settledWithin } from './wait.ts';
import type { WriteLog } from './write-log/write-log.ts';

export interface SnapshotOptions {
  /**
   * Program of the guest that renews the random pool and the clock of each fork before its first command
   * (`/probes/fork-renewal`, see `withPrograms`). Without, all forks have those of the frozen machine.
   */
  renewal?: string;
  /** Waited for while the machine stands, before it is saved: machines that are frozen together wait for one another. */
  whenStopped?: () => Promise<void>;
  signal?: AbortSignal;
}

/** How a fork is told from others. */
export interface ForkOptions {
  /** Name of the machine in the record. @default the frozen machine's */
  id?: string;
  /** File that gets every raw console byte from the fork on. @default none */
  consoleLogPath?: string;
  /** Takes the fork's events for the record. */
  observe?: Observer;
  /** Takes the fork that did not get ready, and is to dispose it. @default it is disposed */
  onUnready?: (machine: Machine) => void;
  signal?: AbortSignal;
}

/** What is known of a frozen guest, and so of all its forks. */
export interface GuestKnowledge {
  /** Names of its kernel's code; undefined where the guest is no Linux, or one without. */
  readonly symbols: GuestSymbols | undefined;
  /** What it said of itself at the freeze; undefined where it is no Linux, or was frozen without renewal: its shell was left alone then. */
  readonly facts: GuestFacts | undefined;
}

/** A frozen machine. Its forks live on when it is disposed. */
export interface Snapshot extends AsyncDisposable, GuestKnowledge {
  /**
   * A new machine equal to the frozen one: memory, vCPUs, devices, shell.
   * @throws BringupError `snapshot-failed`, `disposed`, `aborted`, or the fork's end.
   */
  fork(options?: ForkOptions): Promise<Machine>;
  /** Settles when the next fork finds a QEMU that waits for it, where the host has the memory. Happens by itself after the first fork. */
  warmUp(): Promise<void>;
}

/** Makes snapshots of one machine. */
export interface Freezer {
  freeze(machine: Machine, options: SnapshotOptions): Promise<Snapshot>;
}

/** The pieces a machine is made of; `boot` puts them together. */
export interface MachineParts {
  readonly id: string;
  readonly profile: KernelProfile;
  readonly process: QemuProcess;
  readonly console: Console;
  readonly qmp: QmpClient;
  readonly gdb: Gdb | undefined;
  /** Undefined where the profile offers none. */
  readonly side: SideChannel | undefined;
  readonly ports: HotplugPorts;
  readonly disks: MachineDisks;
  /** Undefined where the machine's RAM is no file. */
  readonly freezer: Freezer | undefined;
  /** Of a fork: what its shell was frozen in. */
  readonly frozenShell: ShellState | undefined;
  /** Of a fork. */
  readonly knowledge: GuestKnowledge | undefined;
  readonly fate: Fate;
  readonly watch: EndWatch;
  readonly meter: HostMeter;
  readonly observe: Observer;
  /** Explains a wait that ran out with what is known of the guest. */
  readonly explain: Explain;
}

/** A running QEMU and everything that belongs to it. Disposing it ends QEMU at once and leaves nothing behind. */
export class Machine implements AsyncDisposable {
  readonly id: string;
  readonly profile: KernelProfile;
  readonly console: Console;
  readonly qmp: QmpClient;
  readonly #parts: MachineParts;
  readonly #consoleShell: Shell | undefined;
  readonly #sideShell: Shell | undefined;
  #symbols: GuestSymbols | undefined;
  #endExpected = false;
  #disposal: Promise<void> | undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.profile = parts.profile;
    this.console = parts.console;
    this.qmp = parts.qmp;
    this.#symbols = parts.knowledge?.symbols;
    const { console, profile, side, frozenShell } = parts;
    if (profile.shellDialect === 'posix') {
      const options = this.#shellOptions();
      const [frozenOnConsole, frozenOnSide] = side?.state.isUsed ? [undefined, frozenShell] : [frozenShell, undefined];
      this.#consoleShell = new Shell({ ...options, console, frozen: frozenOnConsole });
      if (side) this.#sideShell = new Shell({ ...options, console: side.console, data: side.data, frozen: frozenOnSide });
    }
    this.#tellOfRefusal(0);
    void parts.watch.exited.then((exit) => {
      parts.observe({ type: 'machine.exited', machine: this.id, ...exit, expected: this.endExpected });
    });
  }

  /** Process id of QEMU on the host. */
  get pid(): number {
    return this.#parts.process.pid;
  }

  /**
   * The guest's shell: on a channel of its own where the profile offers one and the guest has its driver, else on the console.
   * @throws BringupError `usage` where the profile has none.
   */
  get shell(): Shell {
    return (this.#parts.side?.state.isUsed ? this.#sideShell : undefined) ?? this.consoleShell;
  }

  /** Where `shell` is. */
  get shellOn(): KernelProfile['shellOn'] {
    return this.#parts.side?.state.isUsed ? 'virtio-serial' : 'console';
  }

  /** What became of the side channel; undefined where the profile offers none. */
  get sideChannel(): SideChannelState | undefined {
    return this.#parts.side?.state;
  }

  /**
   * The guest's shell on the console, for what is about the console itself; the same as `shell` where that is there.
   * @throws BringupError `usage` where the profile has none.
   */
  get consoleShell(): Shell {
    if (this.#consoleShell) return this.#consoleShell;
    throw new BringupError('usage', `profile ${this.profile.id} has no shell (shellDialect "${this.profile.shellDialect}")`, {
      hint: 'drive machine.console, or give the profile a shell.',
    });
  }

  /**
   * Moves `shell` to the side channel, where the profile offers one; says in the record why not, where that can't be.
   * `boot` does it, once the prompt is there.
   * @throws BringupError the machine's end; `aborted`.
   */
  async openSideChannel(signal?: AbortSignal): Promise<void> {
    const { side, fate, console } = this.#parts;
    if (side === undefined || this.#sideShell === undefined) return;
    const startedAtMs = performance.now();
    // A shell object of its own: what is typed here is no step of the record.
    const starter = new Shell({ ...this.#shellOptions(), console, onStep: undefined });
    const refusal = await openSideShell(starter, this.#sideShell, signal);
    if (fate.error) throw fate.error;
    if (signal?.aborted) throw abortError(signal, 'opening the side channel');
    side.state = { isUsed: refusal === undefined, refusal };
    this.#tellOfRefusal(performance.now() - startedAtMs);
  }

  /**
   * Registers and memory, by QEMU's gdbstub.
   * @throws BringupError `usage` where the machine was booted without.
   */
  get gdb(): Gdb {
    if (this.#parts.gdb) return this.#parts.gdb;
    throw new BringupError('usage', 'the machine has no gdbstub', {
      hint: 'boot it with gdbstub: true (in a check: guest: { gdbstub: true }).',
    });
  }

  /**
   * Freezes the machine as it is now, and lets it go on. Waits for commands that were given to the shell before.
   * @throws BringupError `usage` where the machine was booted without `snapshots`; `snapshot-failed`; `aborted`; the machine's end.
   */
  async snapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
    if (this.#parts.ports.used > 0) {
      throw new BringupError('usage', 'the machine can’t be frozen while a device is plugged in', {
        hint: 'unplug it first; forks plug in their own.',
      });
    }
    if (this.#parts.freezer) return this.#parts.freezer.freeze(this, options);
    throw new BringupError('usage', 'the machine can’t be frozen: it was booted without `snapshots`', {
      hint: 'boot it with { snapshots: true }; a fork can’t be frozen again.',
    });
  }

  /** Names of the kernel's code: a fork has them from its snapshot, a machine that was booted once `readSymbols` is done. */
  get symbols(): GuestSymbols | undefined {
    return this.#symbols;
  }

  /** What a fork's guest said of itself before it was frozen. */
  get facts(): GuestFacts | undefined {
    return this.#parts.knowledge?.facts;
  }

  /**
   * Makes `symbols` known where they are not, from the guest's memory: of a guest that hangs as well. It stands meanwhile, half a second
   * for 256 MiB, and the code of its modules is not among them. Undefined where the guest is no Linux, or one without symbols.
   * @throws BringupError `qmp-timeout`, `qmp-protocol`, `qmp-command-failed`, `aborted`.
   */
  async readSymbols({ signal }: { signal?: AbortSignal } = {}): Promise<GuestSymbols | undefined> {
    this.#symbols ??= await readLiveSymbols(this.qmp, signal);
    return this.#symbols;
  }

  /**
   * The other end of a network of kind `socket`: Ethernet frames in both directions, each after its length in four bytes, most significant
   * first (QEMU, net/stream.c).
   * @throws BringupError `usage` where the machine has no such network.
   */
  link(id = 'net0'): Duplex {
    const link = this.#parts.process.links.get(id);
    if (link) return link;
    throw new BringupError('usage', `the machine has no network ${id} of kind socket`, {
      hint: 'boot it with networks: [{ kind: "socket" }]; the first one is net0.',
    });
  }

  /**
   * Plugs a disk or a network card into one of the `hotplugPorts`. Resolves when QEMU has taken it: the guest needs a moment more
   * (Linux 0.3 s), so wait there for what it makes of it, e.g. `/dev/vda`.
   * @throws BringupError `usage` where no port is free; `file-not-found`, `image-invalid`; `qmp-command-failed` with QEMU's reason; `aborted`.
   */
  plug(device: Pluggable, options: { signal?: AbortSignal } = {}): Promise<PluggedDevice> {
    return this.#parts.ports.plug(device, options);
  }

  /**
   * What the guest wrote to a disk with `writeLog`.
   * @throws BringupError `usage` where the machine has no such disk.
   */
  writeLog(id = 'disk0'): WriteLog {
    return this.#parts.disks.log(id);
  }

  /**
   * Ends the machine as a power cut does: at once, without a word to the guest. What its disks are then is settled when this resolves; their
   * write logs are read to the end. (The host keeps all that the guest wrote, flushed or not: only a write log, or a disk that lies, tells what a real power cut would leave.)
   */
  async cutPower(): Promise<void> {
    const { process, disks } = this.#parts;
    if (process.exit === undefined) {
      // What is wrong with a log, or with QMP, its reader learns.
      await disks.readLogs().catch(() => {});
      // An end that came before is still the guest's own.
      this.#endExpected = process.exit === undefined;
      process.kill();
    }
    await this.exited;
    await disks.atRest();
  }

  /** Boot markers seen so far, in order. */
  get markers(): readonly MarkerSighting[] {
    return this.#parts.watch.notes.markers;
  }

  /** Crash and warning reports seen so far, in order. */
  get crashes(): readonly CrashReport[] {
    return this.#parts.watch.crashes;
  }

  /** Those of them that `expectCrash` did not ask for. */
  get unexpectedCrashes(): readonly CrashReport[] {
    return this.#parts.watch.unexpectedCrashes;
  }

  /** Why the machine ended or can't be used any more; undefined while it runs. */
  get ended(): BringupError | undefined {
    return this.#parts.fate.error ?? (this.#consoleShell && (this.shell.broken ?? this.consoleShell.broken));
  }

  /** Whether the machine's end was asked for. */
  get endExpected(): boolean {
    return this.#endExpected || this.#parts.watch.crashedAsExpected;
  }

  /** Resolves when QEMU is gone; never rejects. */
  get exited(): Promise<MachineExit> {
    return this.#parts.watch.exited;
  }

  /**
   * Waits until the guest ends the machine in the way named, so that this end is no failure.
   * @throws BringupError the machine's real end where it is another one; `expect-timeout`; `aborted`.
   */
  async endsBy(reason: Exclude<GuestEnd, 'guest-panic'>, options: { timeoutMs: number; signal?: AbortSignal }): Promise<MachineExit> {
    const startedAtMs = performance.now();
    const { timeoutMs } = options;
    const wait = { ...options, hostKept: this.console.hostKept };
    const exit = await bounded(this.exited, `waiting for ${reason}`, wait, () => {
      return new BringupError('expect-timeout', `the guest did not end by ${reason} within ${timeoutMs} ms`, {
        consoleTail: this.console.tail(),
      });
    }).catch(async (error) => {
      throw error instanceof BringupError && error.code === 'expect-timeout'
        ? await this.explain(error, { startedAtMs, timeoutMs })
        : error;
    });
    const fate = this.#parts.fate.error;
    const asExpected = exit.reason === reason && fate?.failureCause !== 'guest-crash';
    if (!asExpected && fate) throw fate;
    this.#endExpected = true;
    await this.#parts.disks.atRest();
    return exit;
  }

  /**
   * Waits for a crash or warning report, whole as far as it was printed, or takes one that has come already, each once. It is then no
   * failure; where it ended the machine, its end neither. After a warning the machine goes on; after any other crash it can't be used.
   * @param what Searched in the report's title; a string is its class (`null-deref`) or signature.
   * @throws BringupError the machine's real end where it is another one; `expect-timeout`; `aborted`.
   */
  async expectCrash(what: RegExp | string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CrashReport> {
    const { fate, watch, explain } = this.#parts;
    const startedAtMs = performance.now();
    const { timeoutMs } = options;
    const wait = { ...options, hostKept: this.console.hostKept };
    const { report, cancel } = watch.expectCrash((crash) =>
      typeof what === 'string' ? crash.class === what || crash.signature === what : crash.title.search(what) !== -1,
    );
    const ended = Promise.withResolvers<never>();
    const onEnd = (): void => ended.reject(fate.error);
    fate.signal.addEventListener('abort', onEnd);
    if (fate.signal.aborted) onEnd();
    try {
      return await bounded(Promise.race([report, ended.promise]), `waiting for the crash ${what}`, wait, () => {
        return new BringupError('expect-timeout', `no crash report ${what} came within ${timeoutMs} ms`, {
          hint: `crash reports so far: ${this.crashes.map(({ title, class: kind }) => `${title} (${kind})`).join('; ') || 'none'}.`,
          consoleTail: this.console.tail(),
        });
      });
    } catch (error) {
      throw error instanceof BringupError && error.code === 'expect-timeout' ? await explain(error, { startedAtMs, timeoutMs }) : error;
    } finally {
      cancel();
      fate.signal.removeEventListener('abort', onEnd);
    }
  }

  /**
   * Ends the guest the gentle way: its own power-off, then QMP's quit, then SIGKILL, each for at most the profile's
   * `timeouts.shutdownMs`, as is the wait for a shell to ask. Says how QEMU ended in truth; what is neither of the first two is
   * `killed`.
   * @throws BringupError `harness-fault` where not even SIGKILL ended QEMU in that time.
   */
  async shutdown(): Promise<'guest' | 'qmp-quit' | 'killed'> {
    const { shutdownMs } = this.profile.timeouts;
    this.#endExpected = true;
    await this.#powerOff(shutdownMs);
    if (this.#parts.process.exit === undefined) {
      const quit = this.qmp.execute('quit', {}, { timeoutMs: shutdownMs }).catch(() => {});
      await settledWithin(Promise.all([quit, this.#parts.process.exited]), shutdownMs);
    }
    this.#parts.process.kill();
    if (!(await settledWithin(this.#parts.process.exited, shutdownMs))) {
      throw new BringupError('harness-fault', `QEMU did not end by SIGKILL within ${shutdownMs} ms`, {
        hint: 'look at the host: a process in an uninterruptible wait (state D) has trouble with a disk or a device.',
      });
    }
    return endedBy(await this.exited);
  }

  /** Has the guest power itself off, where its shell is there to ask. */
  async #powerOff(shutdownMs: number): Promise<void> {
    if (this.#consoleShell === undefined || this.ended !== undefined) return;
    const { shell } = this;
    const isReady = shell.ready().then(
      () => true,
      () => false,
    );
    if (!(await settledWithin(isReady, shutdownMs)) || !(await isReady)) return;
    void shell.run('poweroff', { timeoutMs: shutdownMs }).catch(() => {});
    await settledWithin(this.#parts.process.exited, shutdownMs);
  }

  /** Adds to the error of a wait that ran out what the guest is doing, and settles its cause. */
  explain(error: BringupError, wait: SpentWait): Promise<BringupError> {
    return this.#parts.explain(error, wait);
  }

  /** The greatest share of any time of that length in its life that the host kept from the guest, 0 to 1. */
  worstHostLoss(lengthMs: number): number {
    return this.#parts.meter.worst(lengthMs);
  }

  /**
   * Records what a hung guest's kernel says of its CPUs and tasks, where its profile has the capability `sysrq`. The last thing to do
   * with a machine: it prints on the console.
   */
  async recordBacktraces(): Promise<void> {
    const { qmp, fate, observe } = this.#parts;
    if (fate.error !== undefined || !this.profile.capabilities.includes(sysrqCapability)) return;
    await recordBacktraces({ machineId: this.id, qmp, console: this.console, observe });
  }

  /** Why the console's log file could not be written; final when the machine is disposed. */
  get spoolError(): Error | undefined {
    return this.console.spoolError;
  }

  /** Waits until an end of the machine that has begun (a crash report still being printed) is known in `ended`. */
  settled(): Promise<void> {
    return this.#parts.watch.settled();
  }

  /**
   * Ends the use of the machine, but not the machine: all waits reject with `disposed`, nothing more is sent or written to the log of the
   * console. Gives the raw serial line, to be written to; what comes from it the console goes on reading.
   */
  async handOver(): Promise<Socket> {
    const { process, fate, console } = this.#parts;
    fate.decide(new BringupError('disposed', 'the machine was handed over', { hint: 'don’t use a machine after its test ended.' }));
    await console.endSpool();
    return process.serial;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    const { process, fate, qmp, gdb, console, side } = this.#parts;
    if (process.exit === undefined) {
      this.#endExpected = true;
      fate.decide(new BringupError('disposed', 'the machine was disposed', { hint: 'don’t use a machine after its test or block ended.' }));
    }
    await process[Symbol.asyncDispose]();
    await this.exited;
    await qmp[Symbol.asyncDispose]();
    await gdb?.[Symbol.asyncDispose]();
    await side?.[Symbol.asyncDispose]();
    await console[Symbol.asyncDispose]();
    this.#parts.disks[Symbol.dispose]();
  }

  #shellOptions(): Omit<ShellOptions, 'console'> {
    const { console, profile, explain, fate } = this.#parts;
    return { machineConsole: console, profile, explain, fate: fate.signal, onStep: (step) => this.#observeStep(step) };
  }

  #tellOfRefusal(durationMs: number): void {
    const refusal = this.#parts.side?.state.refusal;
    if (refusal !== undefined)
      this.#parts.observe({ type: 'step', title: `the shell stays on the console: ${refusal}`, ok: true, durationMs });
  }

  #observeStep({ command, durationMs, fromByte, toByte, result }: CommandStep): void {
    this.#parts.observe({
      type: 'step',
      title: `run: ${command}`,
      ok: result !== undefined,
      durationMs,
      ...(result && { exitStatus: result.exitStatus, output: result.output.slice(0, 2_000) }),
      console: { machine: this.id, fromByte, toByte },
    });
  }
}

function endedBy({ reason }: MachineExit): 'guest' | 'qmp-quit' | 'killed' {
  switch (reason) {
    case 'guest-shutdown':
    case 'guest-reset':
    case 'guest-panic':
      return 'guest';
    case 'host-qmp-quit':
      return 'qmp-quit';
    default:
      return 'killed';
  }
}
