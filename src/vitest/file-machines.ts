import { boot } from '../harness/boot.ts';
import { Lab } from '../harness/lab/lab.ts';
import type { ForkOptions, Machine, Snapshot } from '../harness/machine.ts';
import type { KernelProfile } from '../model/profile.ts';
import { Forks } from '../phases/forks.ts';
import { labStart } from '../phases/lab-start.ts';
import { canNotFork, sharedSnapshot } from '../phases/shared-snapshot.ts';
import { type EndedTest, FailedMachines } from './failed-machines.ts';

/** The machines of one test file: each profile's snapshot, and the machine that tests share by choice. Nothing is made before it is asked for. */
export class FileMachines implements AsyncDisposable {
  readonly #snapshots = new Map<KernelProfile, Promise<Snapshot>>();
  readonly #shared = new Map<KernelProfile, Promise<Machine>>();
  /** Shared machines of which a test failed: its error. */
  readonly #failures = new Map<Machine, { error: unknown; test: EndedTest }>();
  readonly #forks = new Map<KernelProfile, Forks>();
  readonly #failed = new FailedMachines();
  /** Profiles of which was said that their machines are booted. */
  readonly #told = new Set<KernelProfile>();

  /** @throws BringupError `snapshot-failed`; as `boot` does. */
  snapshot(profile: KernelProfile): Promise<Snapshot> {
    const opening = this.#snapshots.get(profile) ?? sharedSnapshot(profile, {});
    this.#snapshots.set(profile, opening);
    return opening;
  }

  /** A fork of the profile's snapshot; booted, and said so once, where there can be none. */
  async fresh(profile: KernelProfile, test: EndedTest, signal?: AbortSignal): Promise<Machine> {
    const unready: Machine[] = [];
    const onUnready = this.#failed.areKept && { onUnready: (machine: Machine) => void unready.push(machine) };
    try {
      return await this.#start(profile, { ...(signal && { signal }), ...onUnready });
    } catch (error) {
      for (const machine of unready.splice(0)) await this.#failed.putAway(machine, error, test);
      throw error;
    } finally {
      for (const machine of unready) await machine[Symbol.asyncDispose]();
    }
  }

  /** Puts a test's own machine away, or keeps it where the test failed. */
  putAway(machine: Machine, error: unknown, test: EndedTest): Promise<void> {
    return this.#failed.putAway(machine, error, test);
  }

  /** An empty lab, whose machines are forks where they can be. */
  lab(profile: KernelProfile, seed: number): Lab {
    const forks = this.#forks.get(profile) ?? new Forks(profile, {}, []);
    this.#forks.set(profile, forks);
    return new Lab({ seed, start: labStart(profile, forks) });
  }

  /** Puts a test's lab away, or keeps its machines, on their segments, where the test failed. */
  async putLabAway(lab: Lab, error: unknown, test: EndedTest): Promise<void> {
    const machines = [...lab.machines.values()];
    const ends = await Promise.allSettled(machines.map((machine) => this.#failed.putAway(machine, error, test)));
    // What is kept stays on its segments.
    if (machines.every(({ ended }) => ended !== undefined) || !this.#failed.areKept) await lab[Symbol.asyncDispose]();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Says that a test on a shared machine failed. The first one that does is why the machine is kept, when the file ends. */
  noteFailure(machine: Machine, error: unknown, test: EndedTest): void {
    if (!this.#failures.has(machine)) this.#failures.set(machine, { error, test });
  }

  async #start(profile: KernelProfile, options: ForkOptions): Promise<Machine> {
    if (this.#told.has(profile)) return boot(profile, options);
    try {
      return await (await this.snapshot(profile)).fork(options);
    } catch (error) {
      if (!canNotFork(error)) throw error;
      if (!this.#told.has(profile)) process.stderr.write(`bringup: machines are booted, not forked: ${error.shortMessage}\n`);
      this.#told.add(profile);
      return boot(profile, options);
    }
  }

  /** One machine for all tests of the file that ask for it; another one, once it has ended. */
  shared(profile: KernelProfile, test: EndedTest): Promise<Machine> {
    // In its place at once: tests that ask at the same time wait for one another.
    const starting = this.#living(this.#shared.get(profile), profile, test);
    this.#shared.set(profile, starting);
    return starting;
  }

  async #living(before: Promise<Machine> | undefined, profile: KernelProfile, test: EndedTest): Promise<Machine> {
    const known = await before?.catch(() => undefined);
    if (known !== undefined && known.ended === undefined) return known;
    await known?.[Symbol.asyncDispose]();
    return this.fresh(profile, test);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Machines before the snapshots that they came from.
    for (const started of this.#shared.values()) {
      const machine = await started.catch(() => undefined);
      const failure = machine && this.#failures.get(machine);
      if (failure) await this.#failed.putAway(machine, failure.error, failure.test);
      else await machine?.[Symbol.asyncDispose]();
    }
    for (const opened of this.#snapshots.values()) await (await opened.catch(() => undefined))?.[Symbol.asyncDispose]();
    await this.#failed[Symbol.asyncDispose]();
  }
}
