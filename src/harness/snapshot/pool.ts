import { availableParallelism } from 'node:os';
import { hasMemoryFor } from '../host-memory.ts';
import type { LoadedQemu } from './loaded-qemu.ts';

/**
 * QEMUs that hold the frozen machine already and wait to go on with it: half of a fork's time is QEMU's start. As many as were
 * asked for so far, at most one a core, and only while the host has memory for all of them to grow. They don't keep this process alive, and
 * die with it.
 */
export class QemuPool implements AsyncDisposable {
  readonly #start: () => Promise<LoadedQemu>;
  readonly #memoryMiB: number;
  #waiting: Promise<LoadedQemu>[] = [];
  #taken = 0;
  #isDisposed = false;

  constructor(memoryMiB: number, start: () => Promise<LoadedQemu>) {
    this.#memoryMiB = memoryMiB;
    this.#start = start;
  }

  /** The one that waits longest; undefined where none does. */
  async take(): Promise<LoadedQemu | undefined> {
    this.#taken += 1;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const qemu = await next.catch(() => undefined);
      if (qemu === undefined) continue;
      qemu.process.keepParentAlive(true);
      if (await isAlive(qemu)) return qemu;
      await qemu[Symbol.asyncDispose]();
    }
    return undefined;
  }

  /** Starts what is missing; to be called when nobody waits for a fork. */
  refill(): void {
    while (!this.#isDisposed && this.#waiting.length < Math.min(this.#taken, availableParallelism()) && this.#hasMemory()) {
      const starting = this.#start().then((qemu) => {
        qemu.process.keepParentAlive(false);
        return qemu;
      });
      starting.catch(() => {});
      this.#waiting.push(starting);
    }
  }

  /** Settles when at least one waits, where the host has memory for it. */
  async warmUp(): Promise<void> {
    this.#taken = Math.max(1, this.#taken);
    this.refill();
    await Promise.allSettled(this.#waiting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const ends = this.#waiting.splice(0).map(async (starting) => {
      const qemu = await starting.catch(() => undefined);
      qemu?.process.keepParentAlive(true);
      await qemu?.[Symbol.asyncDispose]();
    });
    await Promise.all(ends);
  }

  #hasMemory(): boolean {
    return hasMemoryFor(this.#waiting.length + 2, this.#memoryMiB);
  }
}

/** Its exit may not have been noticed yet. */
async function isAlive({ qmp }: LoadedQemu): Promise<boolean> {
  return qmp.execute('query-status').then(
    () => true,
    () => false,
  );
}
