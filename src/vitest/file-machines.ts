import { boot } from '../harness/boot.ts';
import type { Machine, Snapshot } from '../harness/machine.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import { sharedSnapshot } from '../phases/shared-snapshot.ts';

/** The machines of one test file: each profile's snapshot, and the machine that tests share by choice. Nothing is made before it is asked for. */
export class FileMachines implements AsyncDisposable {
  readonly #snapshots = new Map<KernelProfile, Promise<Snapshot>>();
  readonly #shared = new Map<KernelProfile, Promise<Machine>>();
  /** Profiles of which was said that their machines are booted. */
  readonly #told = new Set<KernelProfile>();

  /** @throws BringupError `snapshot-failed`; as `boot` does. */
  snapshot(profile: KernelProfile): Promise<Snapshot> {
    const opening = this.#snapshots.get(profile) ?? sharedSnapshot(profile, {});
    this.#snapshots.set(profile, opening);
    return opening;
  }

  /** A fork of the profile's snapshot; booted, and said so once, where there can be none. */
  async fresh(profile: KernelProfile, signal?: AbortSignal): Promise<Machine> {
    const options = signal ? { signal } : {};
    try {
      return await (await this.snapshot(profile)).fork(options);
    } catch (error) {
      if (!(error instanceof BringupError) || error.code !== 'snapshot-failed') throw error;
      if (!this.#told.has(profile)) process.stderr.write(`bringup: machines are booted, not forked: ${error.shortMessage}\n`);
      this.#told.add(profile);
      return boot(profile, options);
    }
  }

  /** One machine for all tests of the file that ask for it; another one, once it has ended. */
  async shared(profile: KernelProfile): Promise<Machine> {
    const known = await this.#shared.get(profile)?.catch(() => undefined);
    if (known !== undefined && known.ended === undefined) return known;
    await known?.[Symbol.asyncDispose]();
    const starting = this.fresh(profile);
    this.#shared.set(profile, starting);
    return starting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Machines before the snapshots that they came from.
    for (const started of [...this.#shared.values(), ...this.#snapshots.values()])
      await (await started.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}
