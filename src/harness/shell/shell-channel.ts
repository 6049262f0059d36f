import type { Duplex } from 'node:stream';
import type { Console } from '../console/console.ts';
import { Listeners } from '../console/listeners.ts';

/** Where a guest's shell is reached. */
export interface ShellChannel {
  /** The shell's terminal. */
  readonly console: Console;
  /** The machine's serial console: the same, or beside it. It tells of the machine's end, and the record counts its bytes. */
  readonly machineConsole: Console;
  /** Takes captured output. @default it comes over the terminal, in frames */
  readonly data?: DataPort | undefined;
}

/** A guest's virtio serial port that only sends. It is read all the time: an unread port makes its writer wait. */
export class DataPort {
  readonly name: string;
  readonly #chunks = new Listeners<Uint8Array>();

  constructor(stream: Duplex, name: string) {
    this.name = name;
    stream.on('data', (chunk: Uint8Array) => this.#chunks.emit(chunk));
    // Its end is QEMU's, which is noticed elsewhere.
    stream.on('error', () => {});
  }

  /** Calls back with each piece of bytes; returns how to stop. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    return this.#chunks.add(listener);
  }
}
