import { BringupError } from '../../model/errors.ts';
import type { Host, Within } from './host.ts';
import { protocols } from './packets/ipv4.ts';
import { decodeTcp, encodeTcp, type TcpFlag, type TcpSegment } from './packets/tcp.ts';

/** Maximum segment size, as an option of a SYN (RFC 9293, 3.2). */
const mssOption = (bytes: number): Buffer => Buffer.from([2, 4, bytes >> 8, bytes & 255]);

/** A TCP segment as it came. */
export interface ArrivedSegment extends Required<TcpSegment> {
  /** By `performance.now()`. */
  readonly atMs: number;
  /** Of the IPv4 packet that it came in, header and all. */
  readonly packetBytes: number;
  readonly dontFragment: boolean;
}

interface Ends {
  readonly ip: string;
  readonly port: number;
  readonly ownPort: number;
  /** Of the first segments, in bytes. @default 65535 */
  readonly window?: number;
}

/**
 * One TCP connection as the test holds it: it acknowledges what comes in order, with the window that the test names, and sends what the test
 * says. It never sends again: between it and the guest nothing is lost, unless the test wants it so.
 */
export class TcpConversation {
  /** Of every segment from now on, in bytes. */
  window: number;
  /** Whether what comes in order is acknowledged at once. */
  acknowledges = true;
  /** Every segment that came. */
  readonly segments: ArrivedSegment[] = [];
  /** Next number of its own. */
  sequence: number;
  /** What it has of the other's: the next number that it wants. */
  acknowledgement = 0;
  readonly #host: Host;
  readonly #ends: Ends;
  readonly #pieces: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #stop: () => void;

  private constructor(host: Host, ends: Ends, sequence: number) {
    this.#host = host;
    this.#ends = ends;
    this.sequence = sequence;
    this.window = ends.window ?? 65_535;
    this.#stop = host.answer((packet) => {
      const segment = packet.protocol === protocols.tcp && packet.source === ends.ip ? decodeTcp(packet.payload) : undefined;
      if (segment?.sourcePort !== ends.port || segment.destinationPort !== ends.ownPort) return false;
      this.#take({ ...segment, atMs: performance.now(), packetBytes: packet.totalLength, dontFragment: packet.dontFragment });
      return true;
    });
  }

  /** The next connection to the port: answers its SYN. Resolves when it is established. @throws BringupError `expect-timeout`, `aborted`. */
  static async accept(host: Host, { ownPort, window }: Pick<Ends, 'ownPort' | 'window'>, within: Within): Promise<TcpConversation> {
    const { ip, syn } = await host.expect(
      `a SYN to port ${ownPort}`,
      (packet) => {
        const segment = packet.protocol === protocols.tcp ? decodeTcp(packet.payload) : undefined;
        const isSyn = segment?.destinationPort === ownPort && segment.flags.includes('syn') && !segment.flags.includes('ack');
        return isSyn ? { ip: packet.source, syn: segment } : undefined;
      },
      within,
    );
    const conversation = new TcpConversation(
      host,
      { ip, port: syn.sourcePort, ownPort, ...(window !== undefined && { window }) },
      0x1000_0000,
    );
    conversation.acknowledgement = (syn.sequence + 1) >>> 0;
    conversation.send([], ['syn', 'ack'], { options: mssOption(1_460) });
    conversation.sequence += 1;
    await conversation.#begin('the ACK of its SYN', ({ flags }) => flags.includes('ack'), within);
    return conversation;
  }

  /** Connects to a port of the guest. @throws BringupError `expect-timeout`, at once where the answer is RST; `aborted`. */
  static async connect(host: Host, ends: Ends, within: Within): Promise<TcpConversation> {
    await host.find(ends.ip, within);
    const conversation = new TcpConversation(host, ends, 0x2000_0000);
    conversation.send([], ['syn'], { options: mssOption(1_460) });
    conversation.sequence += 1;
    const isSynAck = ({ flags }: ArrivedSegment): boolean => flags.includes('syn') && flags.includes('ack');
    const synAck = await conversation.#begin('SYN and ACK', isSynAck, within);
    conversation.acknowledgement = (synAck.sequence + 1) >>> 0;
    conversation.send([], ['ack']);
    return conversation;
  }

  /** Waits for the segment that makes the connection; without it there is none. */
  async #begin(what: string, isIt: (segment: ArrivedSegment) => boolean, within: Within): Promise<ArrivedSegment> {
    const isRefusal = ({ flags }: ArrivedSegment): boolean => flags.includes('rst');
    try {
      await this.until(what, () => this.segments.some((segment) => isIt(segment) || isRefusal(segment)), within);
      const refusal = this.segments.find(isRefusal);
      if (refusal) throw new BringupError('expect-timeout', `${this.#ends.ip} answered with RST, not with ${what}`);
      return this.segments.find(isIt) as ArrivedSegment;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** All that came in order. */
  get received(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** Whether the other has ended its half. */
  get isEnded(): boolean {
    return this.segments.some(({ flags }) => flags.includes('fin'));
  }

  /** One segment. What is not said is as it should be. */
  send(payload: Uint8Array | readonly never[], flags: readonly TcpFlag[] = ['ack', 'psh'], other: Partial<TcpSegment> = {}): void {
    const { ip, port, ownPort } = this.#ends;
    const { sequence, acknowledgement, window } = this;
    const bytes = Uint8Array.from(payload);
    const acknowledged = flags.includes('ack') ? acknowledgement : 0;
    const segment = { sourcePort: ownPort, destinationPort: port, sequence, acknowledgement: acknowledged, flags, window, payload: bytes };
    this.#host.send({ destination: ip, protocol: protocols.tcp, payload: encodeTcp({ ...segment, ...other }, this.#host.ip, ip) });
  }

  /** Data in order. */
  say(payload: Uint8Array): void {
    for (let at = 0; at < payload.length; at += 1_400) {
      const piece = payload.subarray(at, at + 1_400);
      this.send(piece);
      this.sequence = (this.sequence + piece.length) >>> 0;
    }
  }

  /** Ends its half. */
  finish(): void {
    this.send([], ['fin', 'ack']);
    this.sequence = (this.sequence + 1) >>> 0;
  }

  /** Takes no more part: what comes now is the test's. */
  leave(): void {
    this.#stop();
  }

  /** Resolves when the condition holds, which is asked after each segment. @throws BringupError `expect-timeout`, `aborted`. */
  async until(what: string, holds: () => boolean, { timeoutMs, signal }: Within): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) resolve();
    };
    const timer = setTimeout(() => {
      const last = this.segments.at(-1);
      const came = last === undefined ? 'no segment came' : `the last of ${this.segments.length} segments was ${last.flags.join('+')}`;
      reject(new BringupError('expect-timeout', `${this.#ends.ip} did not send ${what} within ${timeoutMs} ms; ${came}`));
    }, timeoutMs);
    const onAbort = (): void => reject(new BringupError('aborted', `waiting for ${what} was interrupted`, { cause: signal?.reason }));
    this.#waiting.add(look);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #take(segment: ArrivedSegment): void {
    this.segments.push(segment);
    const { payload, sequence, flags } = segment;
    const length = payload.length + (flags.includes('fin') ? 1 : 0);
    if (!flags.includes('syn') && length > 0 && this.acknowledges) {
      // How much of it came before: a sender may send it again in other pieces.
      const known = (this.acknowledgement - sequence) >>> 0;
      if (known < length) {
        this.#pieces.push(Buffer.from(payload.subarray(known)));
        this.acknowledgement = (sequence + length) >>> 0;
      }
      this.send([], ['ack']);
    }
    for (const look of this.#waiting) look();
  }
}
