import { BringupError } from '../../model/errors.ts';
import type { Pacing } from '../../model/profile.ts';
import type { Console } from '../console/console.ts';
import type { HostKept } from '../time/deadline.ts';
import { abortError, bounded } from '../wait.ts';
import { CapturedBytes } from './captured-output.ts';
import { Exchange } from './exchange.ts';
import { dataHeader, newSession, type Session } from './posix.ts';
import type { ShellChannel } from './shell-channel.ts';

/** A shell that reads at all answers in this time, printk storms and a loaded host included. */
export const acknowledgeMs = 10_000;

/** What is typed at a shell and what it answers; one exchange at a time. */
export class ShellLink {
  /** The terminal that the shell is on. */
  readonly console: Console;
  /** Longest line to type, in bytes. */
  readonly maxLineBytes: number;
  session: Session;
  readonly #channel: ShellChannel;
  readonly #pacing: Pacing;
  #lastSequence = 0;
  #stopListening = (): void => {};

  constructor(channel: ShellChannel, { maxLineBytes, pacing }: { maxLineBytes: number; pacing: Pacing }) {
    this.#channel = channel;
    this.console = channel.console;
    // What a serial line needs, a port does not.
    this.#pacing = channel.console === channel.machineConsole ? pacing : { mode: 'none' };
    this.maxLineBytes = maxLineBytes;
    this.session = this.newSession();
  }

  /** What the next setting-up of the shell makes of it. */
  newSession(): Session {
    return newSession(this.#channel.data?.name);
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Goes on with a session that another machine's link began. */
  adopt(session: Session, lastSequence: number): void {
    this.session = session;
    this.#lastSequence = lastSequence;
  }

  /** A number that no frame of the session carries yet. */
  nextSequence(): number {
    this.#lastSequence += 1;
    return this.#lastSequence;
  }

  /** Reads the console as frames of this sequence number, from now on until the next call or `hush`. */
  listen(sequence: number): Exchange {
    const captured = this.#channel.data && new CapturedBytes(dataHeader(this.session, sequence));
    const exchange = new Exchange(this.session.nonce, sequence, captured);
    this.resume(exchange);
    return exchange;
  }

  /** Goes on listening for an exchange, up to where the machine's end begins. */
  resume(exchange: Exchange): void {
    this.hush();
    const { console, data, machineConsole } = this.#channel;
    const stops = [
      console.onLine((line) => {
        if (!machineConsole.isSealed) exchange.push(line);
      }),
      data?.onBytes((chunk) => {
        if (!machineConsole.isSealed) exchange.pushBytes(chunk);
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stops) stop?.();
    };
  }

  hush(): void {
    this.#stopListening();
    this.#stopListening = () => {};
  }

  /** Types a line. @throws BringupError `machine-broken` where the guest does not take it in time; the signal's reason. */
  type(line: string, signal: AbortSignal): Promise<void> {
    return this.send(`${line}\n`, signal);
  }

  /** Like `type`, without a line feed. */
  async send(text: string, signal: AbortSignal): Promise<void> {
    const deaf = new AbortController();
    const timeoutMs = acknowledgeMs + pacedMs(this.#pacing, text.length);
    const sent = this.console.send(text, { signal: AbortSignal.any([signal, deaf.signal]) });
    await bounded(sent, 'typing', { timeoutMs, signal, hostKept: this.#hostKept }, () => {
      const error = new BringupError('machine-broken', `the guest took none of its console’s input for ${timeoutMs} ms`, {
        hint: 'its serial driver does not read any more; boot a fresh machine.',
        consoleTail: this.console.tail(),
      });
      deaf.abort(error);
      return error;
    });
  }

  /** Whether the condition came to hold in time. */
  async answered(exchange: Exchange, met: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const late = new BringupError('shell-protocol', 'no answer from the shell');
    try {
      await bounded(exchange.until(met), 'waiting for the shell', { timeoutMs, signal, hostKept: this.#hostKept }, () => late);
      return true;
    } catch (error) {
      if (error === late) return false;
      throw error;
    }
  }

  get #hostKept(): HostKept | undefined {
    return this.#channel.machineConsole.hostKept;
  }

  protocolError(what: string): BringupError {
    return new BringupError('shell-protocol', `shell: ${what}`, {
      hint: 'is the shell a POSIX one (profile: shellDialect)? does another program read the console? see the console below.',
      consoleTail: this.console.tail(),
    });
  }
}

/** Time that the pacing itself takes, at most. */
function pacedMs(pacing: Pacing, bytes: number): number {
  switch (pacing.mode) {
    case 'none':
      return 0;
    case 'delay':
      // Timers are late: each by some milliseconds on a loaded host.
      return Math.ceil(bytes / pacing.chunkBytes) * (2 * pacing.delayMs + 5);
    case 'echo':
      return bytes * pacing.timeoutMs;
  }
}

/** @throws BringupError the signal's reason, where it is aborted. */
export function throwIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw abortError(signal, what);
}
