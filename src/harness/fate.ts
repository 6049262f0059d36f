import type { BringupError } from '../model/errors.ts';

/** How a machine's life ended, decided once: the first cause wins, and every wait on the machine hears of it. */
export class Fate {
  readonly #controller = new AbortController();

  /** Aborts when the fate is decided; its reason is the error. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get error(): BringupError | undefined {
    return this.signal.aborted ? (this.signal.reason as BringupError) : undefined;
  }

  decide(error: BringupError): void {
    if (!this.signal.aborted) this.#controller.abort(error);
  }
}
