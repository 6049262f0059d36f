import { withEntries } from '../artifacts/index.ts';
import { boot } from '../harness/boot.ts';
import type { DiskOptions } from '../harness/devices/disk.ts';
import type { DiskFile } from '../harness/devices/disk-file.ts';
import type { HarnessEvent } from '../harness/harness-event.ts';
import { withoutFolders } from '../harness/host-paths.ts';
import { Lab } from '../harness/lab/lab.ts';
import type { ForkOptions, Machine } from '../harness/machine.ts';
import { prepare } from '../harness/preparation.ts';
import { slowed } from '../harness/time/slowness.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import { ownDisks } from './check-disks.ts';
import type { BootAgainOptions, Check, CheckContext, HowToEnd } from './define.ts';
import { endMachine } from './end-machine.ts';
import type { Forks } from './forks.ts';
import type { Guest } from './guest.ts';
import type { GuestChange } from './guest-change.ts';
import { labStart } from './lab-start.ts';
import { needsWithPorts, plugDisks } from './plug-disks.ts';
import type { Verdict } from './verdict.ts';

/** What the machines need to know of a check's run. */
export interface MachinesRun {
  /** What is done to the guest besides, unknown to the check. */
  readonly change?: GuestChange;
  /** Where guests that equal others come from. @default every guest is booted */
  readonly forks?: Forks;
  /** Which round of a soak this is. @default 0 */
  readonly iteration?: number;
  /** The machines of its lab beside its own. @default as its own, and booted */
  readonly reference?: { readonly profile: KernelProfile; readonly forks: Forks };
  /** What the check's own times are multiplied by (its budget and the profile are so already). @default 1 */
  readonly slowness?: number;
  /** Takes the machines' events. */
  readonly record: (event: HarnessEvent) => void;
  /** File that gets every raw console byte. */
  readonly consoleLogPath: string;
  /** Likewise for the machines after a restart, by their names. @default none */
  readonly laterConsoleLogPath?: (machineId: string) => string;
  /** Name of the machine in the record; those after a restart are `<id>.2`, `<id>.3`, ... */
  readonly machineId: string;
  /** Takes the last machine of a check that came to FAIL or ERROR, and is to dispose it. Must not throw. @default it is disposed */
  readonly keep?: (machine: Machine, verdict: Verdict) => Promise<void>;
}

/** What was to be done to the guest could not be done: whatever came of the check, it was another guest's. */
export class UnchangedGuest extends BringupError {}

async function make(change: GuestChange['onBooted'], machine: Machine, signal: AbortSignal): Promise<void> {
  try {
    await change?.(machine, signal);
  } catch (error) {
    const why = error instanceof BringupError ? error.shortMessage : error instanceof Error ? error.message : error;
    throw new UnchangedGuest('harness-fault', `the guest could not be changed: ${why}`, {
      hint: 'the guest may be another than the change was written for, or have ended before it.',
      cause: error,
    });
  }
}

/** Machines of a lab run the reference kernel: what keeps one from starting says nothing about the kernel under test. */
function notTheKernelsFault(error: unknown): never {
  if (error instanceof BringupError && error.code === 'aborted') throw error;
  const why = error instanceof BringupError ? error.shortMessage : String(error);
  throw new BringupError('harness-fault', `a machine of the check’s lab could not be started: ${why}`, {
    hint: 'it runs the reference kernel: see its console.',
    cause: error,
  });
}

export interface CheckMachinesOptions {
  readonly check: Check;
  readonly run: MachinesRun;
  readonly guest: Guest;
  /** The guest's, with the deadlines that the check leaves it. */
  readonly profile: KernelProfile;
  /** Aborts when the check is over its budget, or stopped. */
  readonly signal: AbortSignal;
}

/** The machines of one check, one after the other, and the disks that all of them have. */
export class CheckMachines implements AsyncDisposable {
  readonly lab: Lab;
  /** In the order of their starts. */
  readonly all: Machine[] = [];
  readonly #options: CheckMachinesOptions;
  #files: readonly DiskFile[] = [];
  #disks: readonly DiskOptions[] = [];
  /** One that did not become ready, where the last one may be kept. */
  #unready: Machine | undefined;
  #kept: Machine | undefined;

  /** As `CheckContext.within` says. */
  readonly within: CheckContext['within'] = (ms) => ({
    timeoutMs: slowed(ms, this.#options.run.slowness ?? 1),
    signal: this.#options.signal,
  });

  constructor(options: CheckMachinesOptions) {
    this.#options = options;
    const { run, profile } = options;
    const start = labStart(run.reference?.profile ?? profile, run.reference?.forks);
    this.lab = new Lab({
      seed: run.iteration ?? 0,
      start: (machine, fork) => start(machine, { ...this.#observers(fork.id ?? 'machine'), ...fork }).catch(notTheKernelsFault),
    });
  }

  /** The first machine: a fork, where the check can have one. */
  async start(stopped: { readonly signal?: AbortSignal }): Promise<Machine> {
    const { guest } = this.#options;
    this.#disks = await ownDisks(guest.options.disks ?? [], stopped);
    this.#files = this.#disks.flatMap((disk) => ('file' in disk ? [disk.file] : []));
    const options = { ...stopped, ...this.#startOptions() };
    const fork = await this.#fork(options);
    if (fork !== undefined) this.#take(fork);
    else {
      // Of a fork that could not be had: it is not what the check is about.
      await this.#unready?.[Symbol.asyncDispose]();
      this.#unready = undefined;
    }
    return fork ?? this.#bootChanged(options);
  }

  /** The machine that a failure is about. */
  get last(): Machine | undefined {
    return this.#unready ?? this.all.at(-1);
  }

  /** @throws BringupError `usage` where the check has no such disk. */
  disk(index: number): DiskFile {
    const file = this.#files[index];
    if (file) return file;
    throw new BringupError('usage', `the check has no disk ${index}, but ${this.#files.length} disks`, {
      hint: 'name it in the check’s guest: { disks: [...] }; the first one has the index 0.',
    });
  }

  /** @throws BringupError as `CheckContext.end` says. */
  async end(how: HowToEnd): Promise<void> {
    const machine = this.all.at(-1) as Machine;
    await endMachine(machine, how, this.within);
    if (how !== 'power-cut') return;
    for (const [index, disk] of this.#disks.entries()) {
      // A disk that lies has lost already what it did not keep.
      if (disk.writeLog && !disk.lies) await this.disk(index).become(await machine.writeLog(`disk${index}`).imageAt('last-flush'));
    }
  }

  /** @throws BringupError as `CheckContext.boot` says. */
  async again({ append = [], overlay }: BootAgainOptions = {}): Promise<Machine> {
    const last = this.all.at(-1) as Machine;
    if (last.ended === undefined) {
      throw new BringupError('usage', 'a check’s machine can’t be booted again while it runs', {
        hint: 'end it first: await context.end(how).',
      });
    }
    const options = { signal: this.#options.signal, ...this.#startOptions() };
    const own = this.#options.guest.options;
    return this.#bootChanged(options, {
      append: [...(own.append ?? []), ...append],
      ...(overlay && { initramfs: withEntries(own.initramfs, 'overlay', async () => overlay) }),
    });
  }

  /** Gives the last one away, which lives on. Its disks do so with its QEMU. */
  async keepLast(keep: (machine: Machine) => Promise<void>): Promise<void> {
    this.#kept = this.last;
    if (this.#kept) await keep(this.#kept);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const machines = this.#unready ? [...this.all, this.#unready] : this.all;
    const own = machines.filter((machine) => machine !== this.#kept);
    const ends = await Promise.allSettled([...own, this.lab].map((each) => each[Symbol.asyncDispose]()));
    for (const file of this.#files) file[Symbol.dispose]();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  #startOptions(): ForkOptions {
    const { run } = this.#options;
    const onUnready =
      run.keep &&
      ((machine: Machine) => {
        this.#unready = machine;
      });
    const id = this.all.length === 0 ? run.machineId : `${run.machineId}.${this.all.length + 1}`;
    const consoleLogPath = this.all.length === 0 ? { consoleLogPath: run.consoleLogPath } : {};
    return { id, ...this.#observers(id), ...consoleLogPath, ...(onUnready && { onUnready }) };
  }

  /** Of another machine than the first. */
  #observers(id: string): ForkOptions {
    const { run } = this.#options;
    const consoleLogPath = run.laterConsoleLogPath?.(id);
    return { observe: run.record, ...(consoleLogPath !== undefined && { consoleLogPath }) };
  }

  #take(machine: Machine): void {
    const { check, run } = this.#options;
    this.all.push(machine);
    const { segments = [] } = check.guest;
    if (segments.length === 0) return;
    this.lab.connect('guest', machine, segments);
    run.change?.onLab?.(this.lab);
  }

  async #bootChanged(options: ForkOptions, more: Pick<Guest['options'], 'append' | 'initramfs'> = {}): Promise<Machine> {
    const { profile, guest, run, signal } = this.#options;
    const machine = await boot(profile, { ...guest.options, ...more, disks: this.#disks, ...options });
    this.#take(machine);
    await make(run.change?.onBooted, machine, signal);
    return machine;
  }

  /** Undefined where the guest must be booted. */
  async #fork(options: ForkOptions): Promise<Machine | undefined> {
    const { check, run, signal } = this.#options;
    if ((run.change !== undefined && run.change.inFork === undefined) || run.forks === undefined) return undefined;
    const hasDisks = this.#disks.length > 0;
    if (hasDisks && run.forks.takesNoDisks) return undefined;
    const needs = hasDisks ? needsWithPorts(check.guest) : check.guest;
    const fork = await run.forks.fork(needs, options, (why) => this.#noteNoFork(why), run.change?.inFork);
    if (fork === undefined) return undefined;
    try {
      // Before the disks come, as in a guest that was changed before it was booted.
      await make(run.change?.inFork?.make, fork, signal);
      if (!hasDisks) return fork;
      if (!(await this.#takesDisks(fork, run.forks))) {
        await fork[Symbol.asyncDispose]();
        return undefined;
      }
      if (check.guest.preparation) await prepare(fork, check.guest.preparation, { signal });
      return fork;
    } catch (error) {
      if (options.onUnready) options.onUnready(fork);
      else await fork[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Plugs the disks in. A kernel that never sees them is asked once in a run: its other machines are booted with theirs. */
  async #takesDisks(fork: Machine, forks: Forks): Promise<boolean> {
    const { run } = this.#options;
    try {
      await plugDisks(fork, this.#disks, this.within);
      return true;
    } catch (error) {
      const isUntaken = error instanceof BringupError && error.code === 'command-timeout' && fork.crashes.length === 0;
      if (!isUntaken) throw error;
      // A fault that was seeded is no other machine's.
      if (run.change === undefined) forks.takesNoDisks = true;
      this.#noteNoFork(`the guest does not take in what is plugged in: ${error.shortMessage}`);
      return false;
    }
  }

  #noteNoFork(why: string): void {
    this.#options.run.record({ type: 'step', title: `not forked, but booted: ${withoutFolders(why)}`, ok: true, durationMs: 0 });
  }
}
