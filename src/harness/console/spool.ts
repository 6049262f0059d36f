import { closeSync, openSync, writev, writevSync } from 'node:fs';

/** Bytes that may wait for the disk; with more the console waits for it too, so that memory stays bounded. */
const maxWaitingBytes = 8 << 20;

/**
 * A file that every raw console byte is appended to, beside the run: nobody waits for the disk while it keeps up. A full
 * or broken disk never ends a run: the first error is kept, and nothing is written after it.
 */
export class Spool {
  /** The first error of the disk. */
  error: Error | undefined;
  readonly #descriptor: number | undefined;
  /** Offset in the file at which the waiting bytes belong. */
  #position = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #whenIdle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'w');
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** Takes the next bytes, which must not change any more. */
  write(bytes: Uint8Array): void {
    if (this.error !== undefined || this.#closed !== undefined) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isWriting) this.#writeWaiting();
    else if (this.#waitingBytes > maxWaitingBytes) this.#writeWaitingNow();
  }

  /** Settles when all is written and the file closed. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      if (!this.#isWriting) resolve();
    }).then(() => {
      if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    });
    return this.#closed;
  }

  #writeWaiting(): void {
    const { pieces, size, position } = this.#takeWaiting();
    this.#isWriting = true;
    writev(this.#descriptor as number, pieces, position, (error, written) => {
      this.#isWriting = false;
      this.#check(error, written, size);
      if (this.error === undefined && this.#waitingBytes > 0) this.#writeWaiting();
      else this.#whenIdle?.();
    });
  }

  /** Beside a write that goes on elsewhere: each has its place in the file. */
  #writeWaitingNow(): void {
    const { pieces, size, position } = this.#takeWaiting();
    try {
      this.#check(null, writevSync(this.#descriptor as number, pieces, position), size);
    } catch (error) {
      this.#check(error as Error, 0, size);
    }
  }

  #takeWaiting(): { pieces: Uint8Array[]; size: number; position: number } {
    const taken = { pieces: this.#waiting, size: this.#waitingBytes, position: this.#position };
    this.#position += taken.size;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return taken;
  }

  #check(error: Error | null, written: number, size: number): void {
    if (error === null && written === size) return;
    this.error ??= error ?? new Error(`only ${written} of ${size} bytes were written: the disk is full`);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
