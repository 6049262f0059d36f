import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BringupError } from '../../model/errors.ts';
import type { Pacing } from '../../model/profile.ts';
import { afterReading } from '../after-reading.ts';
import { abortError } from '../wait.ts';
import type { Listeners } from './listeners.ts';

/** Written at a time, so that an abort takes effect within a long text. */
const pieceBytes = 16_384;

/** Sends to the guest: one text after the other, each paced as its sender asked. */
export class Sender {
  readonly #stream: Writable;
  readonly #received: Listeners<Uint8Array>;
  /** Aborted when nothing can be sent any more, with the reason to reject with. */
  readonly #down: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  constructor(stream: Writable, received: Listeners<Uint8Array>, down: AbortSignal) {
    this.#stream = stream;
    this.#received = received;
    this.#down = down;
  }

  send(bytes: Uint8Array, pacing: Pacing, signal: AbortSignal | undefined): Promise<void> {
    const stop = signal === undefined ? this.#down : AbortSignal.any([this.#down, signal]);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onStop = (): void => reject(this.#down.aborted ? this.#down.reason : abortError(stop, 'sending'));
    if (stop.aborted) {
      onStop();
      return promise;
    }
    stop.addEventListener('abort', onStop, { once: true });
    this.#last = this.#last
      .then(() => this.#write(bytes, pacing, stop))
      .then(resolve, reject)
      .finally(() => stop.removeEventListener('abort', onStop));
    return promise;
  }

  async #write(bytes: Uint8Array, pacing: Pacing, stop: AbortSignal): Promise<void> {
    const step = pacing.mode === 'none' ? pieceBytes : pacing.mode === 'delay' ? pacing.chunkBytes : 1;
    for (let at = 0; at < bytes.length && !stop.aborted; at += step) {
      await afterReading();
      const piece = bytes.subarray(at, at + step);
      const echoed = pacing.mode === 'echo' ? this.#echoOf(piece[0] as number, pacing.timeoutMs, stop) : undefined;
      await Promise.all([this.#writePiece(piece), echoed]);
      if (pacing.mode === 'delay' && at + step < bytes.length) await sleep(pacing.delayMs, undefined, { signal: stop });
    }
  }

  /** Settles when the stream took the piece; never where it fails, since that closes the console, which says why. */
  #writePiece(piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.write(piece, (error) => {
        if (!error) resolve();
      });
    });
  }

  /**
   * Settles when the byte came back: itself, or for a control the letter of `^X` (a tty with ECHOCTL), for CR the LF of
   * its new line.
   */
  #echoOf(byte: number, timeoutMs: number, stop: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const echoes = [byte];
    if (byte < 0x20 || byte === 0x7f) echoes.push(byte ^ 0x40);
    if (byte === 0x0d) echoes.push(0x0a);
    const timer = setTimeout(() => reject(noEcho(byte, timeoutMs)), timeoutMs);
    const onStop = (): void => reject(stop.reason);
    stop.addEventListener('abort', onStop);
    const unsubscribe = this.#received.add((chunk) => {
      if (echoes.some((echo) => chunk.includes(echo))) resolve();
    });
    return promise.finally(() => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      unsubscribe();
    });
  }
}

function noEcho(byte: number, timeoutMs: number): BringupError {
  const what = `byte 0x${byte.toString(16).padStart(2, '0')}`;
  return new BringupError('expect-timeout', `the guest did not echo ${what} within ${timeoutMs} ms`, {
    hint: 'echo pacing needs a guest that echoes each byte: where it does not (passwords, raw mode, TAB), send with { pacing: { mode: "none" } }.',
  });
}
