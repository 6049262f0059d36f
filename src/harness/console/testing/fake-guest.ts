import { Duplex } from 'node:stream';
import { BringupError } from '../../../model/errors.ts';
import { Console, type ConsoleOptions } from '../console.ts';

/** The guest's end of the line: what it prints is read by the console in the same pieces, what is sent to it is kept. */
export class FakeGuest extends Duplex {
  received = '';
  onWrite: ((bytes: Buffer) => void) | undefined;
  /** Set to stop reading: writes then wait. */
  isDeaf = false;

  print(...pieces: readonly (string | Uint8Array)[]): void {
    for (const piece of pieces) this.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.isDeaf) return;
    this.received += bytes.toString('latin1');
    this.onWrite?.(bytes);
    done();
  }
}

/** A console and its guest. */
export function openConsole(options: ConsoleOptions = {}): { guest: FakeGuest; console: Console } {
  const guest = new FakeGuest();
  return { guest, console: new Console(guest, options) };
}

/** Lets the stream deliver all that was printed. */
export const delivered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const soon = { timeoutMs: 10_000 };
export const now = { timeoutMs: 0 };

/** The BringupError that a promise rejects with. */
export function rejection(promise: Promise<unknown>): Promise<BringupError> {
  return promise.then(
    () => {
      throw new Error('expected a rejection, but it resolved');
    },
    (error: unknown) => {
      if (error instanceof BringupError) return error;
      throw error;
    },
  );
}
