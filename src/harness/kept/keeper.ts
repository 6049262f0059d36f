import { randomBytes } from 'node:crypto';
import { endingSignals } from '../../model/ending-signals.ts';
import { BringupError } from '../../model/errors.ts';
import { hasMemoryFor } from '../host-memory.ts';
import type { Machine } from '../machine.ts';
import { settledWithin } from '../wait.ts';
import { KeptFolder } from './kept-folder.ts';
import { KeptMachine } from './kept-machine.ts';
import type { AboutKept } from './protocol.ts';

/** Why a machine is kept. */
export type KeepReason = Pick<AboutKept, 'check' | 'outcome' | 'cause'>;

/** What became of a machine that was to be kept. */
export type Keeping = { readonly kept: string } | { readonly notKept: string };

/** `machine kept: bringup attach ID`, or why it is not. */
export function keepingLine(keeping: Keeping): string {
  return 'kept' in keeping ? `machine kept: bringup attach ${keeping.kept}` : `machine not kept: ${keeping.notKept}`;
}

/** Between the loss of QMP and the process's exit. */
const exitMs = 2_000;
const maxSlugChars = 60;

/**
 * The machines that this process keeps. They live no longer than it does: QEMU dies with it, and their sockets are removed on all its ends but
 * SIGKILL; what that leaves is removed by whoever lists kept machines next.
 */
class Keeper {
  readonly #kept = new Set<KeptMachine>();
  #folder: KeptFolder | undefined;

  /** Takes the machine over; disposes it where it can't be kept. Never throws. */
  async keep(machine: Machine, reason: KeepReason): Promise<Keeping> {
    try {
      requireMemory(machine.profile.memoryMiB);
      const kept = await KeptMachine.keep(machine, this.#about(machine, reason), this.#openFolder());
      this.#add(kept);
      return { kept: kept.about.id };
    } catch (error) {
      const gone = (await settledWithin(machine.exited, exitMs)) ? await machine.exited : undefined;
      await machine[Symbol.asyncDispose]().catch(() => {});
      if (gone) return { notKept: `QEMU ended (${gone.reason ?? gone.signal ?? `exit code ${gone.exitCode}`})` };
      return { notKept: error instanceof BringupError ? error.shortMessage : String(error) };
    }
  }

  /** Settles when none is kept any more. */
  async allEnded(): Promise<void> {
    while (this.#kept.size > 0) await Promise.all([...this.#kept].map(({ ended }) => ended));
  }

  #about(machine: Machine, reason: KeepReason): AboutKept {
    const id = `${slug(reason.check)}-${randomBytes(2).toString('hex')}`;
    return { id, ...reason, sinceEpochMs: Date.now(), pid: machine.pid };
  }

  #openFolder(): KeptFolder {
    // Open as long as this process: it is a part of the sockets' addresses.
    this.#folder ??= KeptFolder.open();
    return this.#folder;
  }

  #add(kept: KeptMachine): void {
    if (this.#kept.size === 0) this.#watchProcess(true);
    this.#kept.add(kept);
    void kept.ended.then(() => {
      this.#kept.delete(kept);
      if (this.#kept.size === 0) this.#watchProcess(false);
    });
  }

  #watchProcess(isOn: boolean): void {
    const change = isOn ? 'on' : 'off';
    process[change]('exit', this.#removeSockets);
    process[change]('disconnect', this.#onDisconnect);
    for (const signal of endingSignals) process[change](signal, this.#onSignal);
  }

  readonly #removeSockets = (): void => {
    for (const { about } of this.#kept) this.#folder?.remove(about.id);
  };

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#removeSockets();
    for (const each of endingSignals) process.off(each, this.#onSignal);
    // The signal's own effect, which a listener keeps away.
    process.kill(process.pid, signal);
  };

  /** The run died. Vitest ends its workers then, but not those that it has told to stop. */
  readonly #onDisconnect = (): void => {
    this.#removeSockets();
    process.kill(process.pid, 'SIGKILL');
  };
}

/** Ends with its process only. */
export const keeper = new Keeper();

/**
 * Refuses to keep machines where nobody could tell them to end.
 * @param option What asked for it, in the user's words.
 * @throws BringupError `usage`
 */
export function refuseToKeepInCi(option: string, env: NodeJS.ProcessEnv = process.env): void {
  if (!env.CI) return;
  throw new BringupError('usage', `${option} waits until somebody ends the machines that it keeps, and in CI (CI=${env.CI}) nobody does`, {
    hint: 'leave it out: a failed check’s console is in its bundle. Where somebody is there after all, unset CI.',
  });
}

/** @throws BringupError `harness-fault` where the checks to come need the memory. */
function requireMemory(memoryMiB: number): void {
  if (hasMemoryFor(1, memoryMiB)) return;
  throw new BringupError('harness-fault', 'the host has no memory left for another machine beside it');
}

/** The id is a file's name, and typed by people. */
function slug(check: string): string {
  return check
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, maxSlugChars);
}
