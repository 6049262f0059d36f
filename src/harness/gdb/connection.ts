import type { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import { log } from '../log.ts';
import { bounded } from '../wait.ts';
import { encodePacket, PacketReader } from './packet.ts';

export interface GdbWait {
  /** Host time to wait for each answer, in milliseconds. @default 5000 */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** What a call waits for: an answer, the bare acknowledgement of its packet, or the machine's stop. */
type Awaited = 'reply' | 'ack' | 'stop';

interface Pending {
  readonly awaits: Awaited;
  readonly bytes: Buffer;
  resolve(payload: string): void;
  reject(error: Error): void;
}

const defaultTimeoutMs = 5_000;
/** QEMU's packets are 4 KiB at most. */
const packetLimitBytes = 65_536;
/** Both directions of a socket pair are reliable: a packet that must be sent more often is not heard for another reason. */
const maxResends = 3;
/** A QEMU whose connection closes is about to end: the machine's own word for it goes before ours for that long. */
const fateGraceMs = 1_000;

/**
 * The line to QEMU's gdbstub: one call after the other, each with its answer. Answers bear no number, so a call that gets none
 * in time, or is aborted, leaves the line unusable.
 *
 * While the machine runs nothing may be sent but `stop`: QEMU takes any byte for a request to stop it (gdbstub, gdb_read_byte).
 */
export class GdbConnection implements AsyncDisposable {
  readonly #stream: Duplex;
  readonly #fate: AbortSignal | undefined;
  readonly #reader = new PacketReader(packetLimitBytes);
  readonly #onFate = (): void => this.#break(this.#fate?.reason);
  #pending: Pending | undefined;
  #resends = 0;
  #brokenBy: Error | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #graceTimer: NodeJS.Timeout | undefined;

  /** `fate` is the machine's: aborted when it ends, its reason is thrown as it is. */
  constructor(stream: Duplex, fate?: AbortSignal) {
    this.#stream = stream;
    this.#fate = fate;
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.once('error', (error) => this.#closed(`the connection failed: ${error.message}`));
    stream.once('end', () => this.#closed('QEMU closed the connection'));
    stream.once('close', () => this.#closed('QEMU closed the connection'));
    if (fate?.aborted) this.#onFate();
    else fate?.addEventListener('abort', this.#onFate, { once: true });
  }

  /** Why nothing can be asked any more. */
  get brokenBy(): Error | undefined {
    return this.#brokenBy;
  }

  /**
   * Sends a packet and gives the answer's payload.
   * @throws BringupError `harness-fault` (no answer in time, QEMU closed, no protocol), `aborted`; the reason of `fate` as it is.
   */
  ask(payload: string, wait: GdbWait = {}): Promise<string> {
    return this.#call('reply', encodePacket(payload), payload, wait);
  }

  /** Sends a packet that is only acknowledged: one that lets the machine run. */
  async tell(payload: string, wait: GdbWait = {}): Promise<void> {
    await this.#call('ack', encodePacket(payload), payload, wait);
  }

  /** Stops the machine; gives the stop's payload. */
  stop(wait: GdbWait = {}): Promise<string> {
    return this.#call('stop', Buffer.from([0x03]), 'stop', wait);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#break(
      new BringupError('disposed', 'the GDB connection was disposed', { hint: 'use machine.gdb before the machine is disposed.' }),
    );
    this.#stream.destroy();
  }

  #call(awaits: Awaited, bytes: Buffer, what: string, wait: GdbWait): Promise<string> {
    const answer = this.#last.then(() => this.#exchange(awaits, bytes, what, wait));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #exchange(awaits: Awaited, bytes: Buffer, what: string, { timeoutMs = defaultTimeoutMs, signal }: GdbWait): Promise<string> {
    if (this.#brokenBy) throw this.#brokenBy;
    const answer = new Promise<string>((resolve, reject) => {
      this.#pending = { awaits, bytes, resolve, reject };
    });
    this.#resends = 0;
    log.trace({ what }, 'GDB call');
    this.#stream.write(bytes);
    try {
      return await bounded(answer, `GDB: ${what}`, { timeoutMs, signal }, () => {
        const hint = 'QEMU itself is stuck, or something else stopped or resumed the machine meanwhile (QMP stop, cont).';
        return new BringupError('harness-fault', `GDB: no answer to ${what.slice(0, 100)} within ${timeoutMs} ms`, { hint });
      });
    } catch (error) {
      this.#break(error);
      throw error;
    } finally {
      this.#pending = undefined;
    }
  }

  #receive(chunk: Uint8Array): void {
    for (const event of this.#reader.push(chunk)) {
      if (event.kind === 'overlong') this.#break(fault(`a packet of over ${packetLimitBytes} bytes`));
      else if (event.kind === 'packet') this.#takePacket(event.payload);
      else if (event.kind === 'damaged') this.#stream.write('-');
      else if (event.kind === 'nak') this.#resend();
      else if (this.#pending?.awaits === 'ack') this.#pending.resolve('');
    }
  }

  #takePacket(payload: string): void {
    if (this.#brokenBy) return;
    log.trace({ payload: payload.slice(0, 200) }, 'GDB packet');
    this.#stream.write('+');
    // Stops and the program's end come unasked as well; no answer to what is asked here begins so.
    const awaits = /^[STWX]/.test(payload) ? 'stop' : 'reply';
    if (this.#pending?.awaits === awaits) this.#pending.resolve(payload);
  }

  #resend(): void {
    if (this.#pending === undefined) return;
    this.#resends += 1;
    if (this.#resends > maxResends) this.#break(fault(`QEMU refused a packet ${this.#resends} times as damaged`));
    else this.#stream.write(this.#pending.bytes);
  }

  #closed(what: string): void {
    if (this.#brokenBy || this.#graceTimer) return;
    const breakIt = (): void => this.#break(fault(what));
    if (this.#fate === undefined) breakIt();
    else this.#graceTimer = setTimeout(breakIt, fateGraceMs);
  }

  #break(error: unknown): void {
    clearTimeout(this.#graceTimer);
    this.#fate?.removeEventListener('abort', this.#onFate);
    this.#brokenBy ??= error as Error;
    this.#pending?.reject(this.#brokenBy);
  }
}

function fault(what: string): BringupError {
  return new BringupError('harness-fault', `GDB: ${what}`);
}
