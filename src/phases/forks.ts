import type { ForkOptions, Machine, Snapshot } from '../harness/machine.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { GuestNeeds } from './define.ts';
import { type GuestOverrides, guestFor } from './guest.ts';
import type { ForkChange } from './guest-change.ts';
import { canNotFork, type FirstMachine, sharedSnapshot } from './shared-snapshot.ts';

/** Told once for each shape whose machines are booted though they might have been forked. */
export type NoForkObserver = (why: string) => void;

/**
 * Forks for checks: guests with the same needs are forks of one snapshot, which has the programs of all checks. It is opened with the
 * first one and stays as long as this process.
 */
export class Forks {
  readonly #profile: KernelProfile;
  readonly #overrides: GuestOverrides;
  readonly #programs: readonly string[];
  readonly #snapshots = new Map<string, Promise<Snapshot | undefined>>();
  readonly #functions = new Map<unknown, number>();
  /** Whether a fork was seen not to take in disks that are plugged in. */
  takesNoDisks = false;

  constructor(profile: KernelProfile, overrides: GuestOverrides, programs: readonly string[]) {
    this.#profile = profile;
    this.#overrides = overrides;
    this.#programs = programs;
  }

  /**
   * A fork for a guest with these needs, ready for `change`; undefined where it must be booted. The first one is the machine itself that is then
   * frozen.
   * @throws BringupError what kept that one from booting; the end of a fork that crashes or hangs; `aborted`.
   */
  async fork(needs: GuestNeeds, options: ForkOptions, onNoFork: NoForkObserver, change?: ForkChange): Promise<Machine | undefined> {
    // What QEMU is given besides may be a device that can't be frozen.
    const isShared =
      needs.init === 'shell' && !needs.boots && !needs.gdbstub && !needs.virtualTime && (this.#overrides.qemuArgs ?? []).length === 0;
    if (!isShared) return undefined;
    const shape = this.#shapeOf(needs, change);
    const own: { machine?: Machine; failure?: { error: unknown } } = {};
    const first: FirstMachine = {
      options,
      onReady: (machine) => {
        own.machine = machine;
      },
      onFailure: (error) => {
        own.failure = { error };
      },
    };
    // A guest that did not boot is the check's own verdict, and no reason to boot another.
    const onNoSnapshot = (why: string): void => {
      if (own.failure === undefined || canNotFork(own.failure.error)) onNoFork(why);
    };
    const opening =
      this.#snapshots.get(shape) ??
      this.#open({ ...needs, programs: [...new Set([...this.#programs, ...(needs.programs ?? [])])].sort() }, change, first, onNoSnapshot);
    this.#snapshots.set(shape, opening);
    const snapshot = await opening;
    if (own.failure && !canNotFork(own.failure.error)) throw own.failure.error;
    if (own.machine) return own.machine;
    try {
      return await snapshot?.fork(options);
    } catch (error) {
      if (!canNotFork(error)) throw error;
      // Of checks that run at the same time only the first says so.
      if (this.#snapshots.get(shape) === opening) onNoFork(error.shortMessage);
      this.#snapshots.set(shape, Promise.resolve(undefined));
      return undefined;
    }
  }

  /** Equal for equal needs. Functions (what makes an image or the initramfs, what prepares the guest) are told apart by which they are. */
  #shapeOf(needs: GuestNeeds, change: ForkChange | undefined): string {
    const idOf = (value: unknown): number => {
      if (!this.#functions.has(value)) this.#functions.set(value, this.#functions.size);
      return this.#functions.get(value) as number;
    };
    const programs = needs.init === 'shell' ? (needs.programs ?? []).filter((program) => !this.#programs.includes(program)) : [];
    return JSON.stringify({ ...needs, programs, initramfs: change?.initramfs }, (_, value) =>
      typeof value === 'function' ? idOf(value) : value,
    );
  }

  /** Whatever keeps a snapshot from being made: a machine that is booted for the check shows it with all its evidence. */
  async #open(
    needs: GuestNeeds,
    change: ForkChange | undefined,
    first: FirstMachine,
    onNoFork: NoForkObserver,
  ): Promise<Snapshot | undefined> {
    const { profile, options } = guestFor(needs, this.#profile, this.#overrides, change && { initramfs: change.initramfs });
    try {
      return await sharedSnapshot(profile, options, { first });
    } catch (error) {
      onNoFork(error instanceof BringupError ? error.shortMessage : String(error));
      return undefined;
    }
  }
}
