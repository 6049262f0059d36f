import { read, write } from 'node:fs';
import { promisify } from 'node:util';

const readAt = promisify(read);
const writeAt = promisify(write);

/** A write that a power cut may take back. */
interface Pending {
  /** Of the disk's request. */
  readonly number: number;
  readonly position: number;
  readonly before: Buffer;
  readonly data: Buffer;
}

/** A file some of whose last writes are as if in a disk's cache: seen by whoever reads, and gone after a power cut. */
export class VolatileFile {
  readonly #fd: number;
  #pending: Pending[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await readAt(this.#fd, Buffer.alloc(length), 0, length, position);
    if (bytesRead === length) return buffer;
    throw new Error(`the disk’s file ends ${length - bytesRead} bytes early`);
  }

  async write(number: number, position: number, data: Buffer): Promise<void> {
    this.#pending.push({ number, position, before: await this.read(position, data.length), data });
    await this.#put(position, data);
  }

  /** Makes what was written so far durable. */
  flush(): void {
    this.#pending = [];
  }

  /** Makes one write durable, whatever was written before. */
  flushOne(number: number): void {
    const last = this.#pending.findLast((each) => each.number === number);
    if (last === undefined) return;
    // What is taken back later must not take this with it.
    for (const each of this.#pending) if (each !== last) overlay(each, last);
    this.#pending = this.#pending.filter((each) => each !== last);
  }

  /** Takes back what is not durable but for the requests that survive. */
  async cutPower(survives: (number: number) => boolean): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    for (const { position, before } of pending.toReversed()) await this.#put(position, before);
    for (const { number, position, data } of pending) if (survives(number)) await this.#put(position, data);
  }

  async #put(position: number, data: Buffer): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await writeAt(this.#fd, data, done, data.length - done, position + done);
      done += bytesWritten;
    }
  }
}

/** Puts the other write's data over this one's, and over what was before it. */
function overlay({ position, before, data }: Pending, other: Pending): void {
  const from = Math.max(position, other.position);
  const to = Math.min(position + data.length, other.position + other.data.length);
  if (from >= to) return;
  for (const each of [before, data]) other.data.copy(each, from - position, from - other.position, to - other.position);
}
