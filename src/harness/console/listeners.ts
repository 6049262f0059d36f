/** Told of something, in the order they were added; one that throws harms neither the others nor the console. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  get size(): number {
    return this.#all.size;
  }

  /** Returns how to remove it. Each call counts, also for the same function. */
  add(listener: (value: T) => void): () => void {
    const entry = (value: T): void => listener(value);
    this.#all.add(entry);
    return () => {
      this.#all.delete(entry);
    };
  }

  emit(value: T): void {
    for (const listener of this.#all) {
      try {
        listener(value);
      } catch (error) {
        // A bug of the listener's owner: it surfaces as an uncaught error, after the console has done its work.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
