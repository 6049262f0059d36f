import { closeSync, openSync, writeSync } from 'node:fs';

/** A file that every raw console byte is appended to. A full or broken disk never ends a run: the first error is kept. */
export class Spool {
  /** The first error of the disk; nothing is written after it. */
  error: Error | undefined;
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#attempt(() => {
      this.#descriptor = openSync(path, 'w');
    });
  }

  write(bytes: Uint8Array): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    });
    if (this.error !== undefined) this.close();
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) this.#attempt(() => closeSync(descriptor));
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.error ??= error as Error;
    }
  }
}
