import type { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import { GdbConnection, type GdbWait } from './connection.ts';
import { StoppedGuest } from './stopped-guest.ts';
import { type RegisterPlaces, readTargetDescription } from './target-description.ts';

/**
 * Registers and memory of a running machine, over QEMU's gdbstub. Nothing is disturbed until `interrupt`; from then until
 * `continue` the whole machine stands still, its clocks included. Don't mix with QMP's `stop` and `cont`.
 */
export class Gdb implements AsyncDisposable {
  readonly #connection: GdbConnection;
  #registers: RegisterPlaces | undefined;
  #guest: StoppedGuest | undefined;

  /** `fate` is the machine's: aborted when it ends. */
  constructor(stream: Duplex, fate?: AbortSignal) {
    this.#connection = new GdbConnection(stream, fate);
  }

  /**
   * Stops the machine, all vCPUs of it. The guest stands until `continue` is called on what this gives, or that is disposed.
   * @throws BringupError `usage` when it is stopped already; `harness-fault`, `aborted`; the machine's end.
   */
  async interrupt(wait: GdbWait = {}): Promise<StoppedGuest> {
    if (this.#guest?.isStopped) {
      throw new BringupError('usage', 'the machine is stopped already', { hint: 'call continue() before the next interrupt().' });
    }
    await this.#connection.stop(wait);
    this.#registers ??= await this.#describe(wait);
    this.#guest = new StoppedGuest(this.#connection, this.#registers, await this.#threads(wait));
    return this.#guest;
  }

  /** Lets the machine go on, and closes the line. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guest?.[Symbol.asyncDispose]();
    await this.#connection[Symbol.asyncDispose]();
  }

  async #describe(wait: GdbWait): Promise<RegisterPlaces> {
    await this.#connection.ask('qSupported:xmlRegisters=aarch64,i386', wait);
    return readTargetDescription((name) => this.#readFile(name, wait));
  }

  /** A file of the target's (GDB manual, "General Query Packets", qXfer): pieces behind `m`, the last one behind `l`. */
  async #readFile(name: string, wait: GdbWait): Promise<string> {
    let text = '';
    while (text.length <= fileLimitChars) {
      const piece = await this.#connection.ask(`qXfer:features:read:${name}:${text.length.toString(16)},${pieceBytes.toString(16)}`, wait);
      if (!/^[ml]/.test(piece)) throw unexpected(`the file ${name}`, piece);
      text += piece.slice(1);
      if (piece.startsWith('l')) return text;
    }
    throw new BringupError('harness-fault', `GDB: the file ${name} has no end`);
  }

  /** Numbers of the threads: QEMU has one for each vCPU, in their order. */
  async #threads(wait: GdbWait): Promise<string[]> {
    const threads: string[] = [];
    let answer = await this.#connection.ask('qfThreadInfo', wait);
    while (answer.startsWith('m') && threads.length <= maxThreads) {
      threads.push(...answer.slice(1).split(','));
      answer = await this.#connection.ask('qsThreadInfo', wait);
    }
    if (answer !== 'l' || threads.length === 0) throw unexpected('the list of threads', answer);
    return threads;
  }
}

/** Less than QEMU's packets hold. */
const pieceBytes = 0x7f0;
/** The longest file of QEMU's has some 50,000. */
const fileLimitChars = 1_000_000;
const maxThreads = 1_024;

function unexpected(what: string, answer: string): BringupError {
  return new BringupError('harness-fault', `GDB: expected ${what}, got ${JSON.stringify(answer.slice(0, 200))}`);
}
