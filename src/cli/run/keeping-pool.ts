import { once } from 'node:events';
import { ForksPoolWorker, type PoolOptions, type PoolRunnerInitializer } from 'vitest/node';

/** Vitest's pool `forks`, but that a worker that has done its work stays until `released` aborts: the machines that it keeps are its children. */
export function keepingPool(released: AbortSignal): PoolRunnerInitializer {
  return { name: 'bringup-keeping', createPoolWorker: (options) => new KeepingWorker(options, released) };
}

class KeepingWorker extends ForksPoolWorker {
  override readonly name = 'bringup-keeping';
  readonly #released: AbortSignal;
  #hasExited = false;

  constructor(options: PoolOptions, released: AbortSignal) {
    super(options);
    this.#released = released;
  }

  override async start(): Promise<void> {
    await super.start();
    this.on('exit', () => {
      this.#hasExited = true;
    });
  }

  override async stop(): Promise<void> {
    if (!this.#released.aborted) await once(this.#released, 'abort');
    // Of a worker that a signal has ended (Ctrl-C reaches it, too) vitest would wait for another exit.
    if (!this.#hasExited) await super.stop();
  }
}
