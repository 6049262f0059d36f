import { BringupError } from '../../model/errors.ts';
import type { Console } from '../console/console.ts';
import { abortError, bounded } from '../wait.ts';
import { Exchange } from './exchange.ts';
import { newSession, type Session } from './posix.ts';

/** A shell that reads at all answers in this time, printk storms and a loaded host included. */
export const acknowledgeMs = 10_000;

/** What is typed at a shell and what it answers; one exchange at a time. */
export class ShellLink {
  readonly console: Console;
  /** Longest line to type, in bytes. */
  readonly maxLineBytes: number;
  session: Session = newSession();
  #lastSequence = 0;
  #stopListening = (): void => {};

  constructor(console: Console, maxLineBytes: number) {
    this.console = console;
    this.maxLineBytes = maxLineBytes;
  }

  /** A number that no frame of the session carries yet. */
  nextSequence(): number {
    this.#lastSequence += 1;
    return this.#lastSequence;
  }

  /** Reads the console as frames of this sequence number, from now on until the next call or `hush`. */
  listen(sequence: number): Exchange {
    const exchange = new Exchange(this.session.nonce, sequence);
    this.resume(exchange);
    return exchange;
  }

  /** Goes on listening for an exchange, up to where the machine's end begins. */
  resume(exchange: Exchange): void {
    this.hush();
    this.#stopListening = this.console.onLine((line) => {
      if (!this.console.isSealed) exchange.push(line);
    });
  }

  hush(): void {
    this.#stopListening();
    this.#stopListening = () => {};
  }

  type(line: string, signal: AbortSignal): Promise<void> {
    return this.console.send(`${line}\n`, { signal });
  }

  /** Whether the condition came to hold in time. */
  async answered(exchange: Exchange, met: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const late = new BringupError('shell-protocol', 'no answer from the shell');
    try {
      await bounded(exchange.until(met), 'waiting for the shell', { timeoutMs, signal }, () => late);
      return true;
    } catch (error) {
      if (error === late) return false;
      throw error;
    }
  }

  protocolError(what: string): BringupError {
    return new BringupError('shell-protocol', `shell: ${what}`, {
      hint: 'is the shell a POSIX one (profile: shellDialect)? does another program read the console? see the console below.',
      consoleTail: this.console.tail(),
    });
  }
}

/** @throws BringupError the signal's reason, where it is aborted. */
export function throwIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw abortError(signal, what);
}
