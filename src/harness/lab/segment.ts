import type { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import { FrameReader, lengthPrefix } from './frame-codec.ts';
import type { Impairment } from './impairment.ts';
import { type Deed, Line, type LineState } from './line.ts';

/** A frame on its way, as whoever watches a segment is told of it. */
export interface FrameEvent {
  /** Where it passed. */
  readonly port: string;
  /** `in`: the machine sent it; `out`: it was handed to the machine; `dropped`: it got no further. */
  readonly way: 'in' | 'out' | 'dropped';
  readonly frame: Uint8Array;
  /** What the link did to it, or why it was dropped. */
  readonly deed: Deed;
}

export interface SegmentOptions {
  readonly name: string;
  /** Of what happens to frames on impaired links. */
  readonly seed: number;
  /** Told of every frame, in order. */
  readonly watch?: (event: FrameEvent) => void;
  /** Of another segment, which this one goes on from: ports that come with these names are as those were. */
  readonly ports?: readonly PortState[];
}

/**
 * What a test does to a frame that passes a port by itself: gives the frame that is passed on, or undefined where none is. `direction` is as in
 * `impair`.
 */
export type Alteration = (frame: Uint8Array, direction: 'to' | 'from') => Uint8Array | undefined;

/** What is set at a port, and how many frames passed it: nothing else decides what happens to the next one. */
export interface PortState {
  readonly name: string;
  readonly group: number;
  readonly to: LineState;
  readonly from: LineState;
}

/** Somebody on the segment: a machine's card, or the test itself. */
interface Port {
  readonly name: string;
  /** From the machine into the switch, and to the machine. */
  readonly from: Line;
  readonly to: Line;
  group: number;
  readonly alterations: Set<Alteration>;
}

/** A place on a segment, of somebody who takes frames by a function. */
export interface SegmentPort {
  send(frame: Uint8Array): void;
  leave(): void;
}

/** Frames that a card does not take are lost, as a real one's are: more than that waits for it in no switch. */
const mostBytesWaiting = 4 * 1_048_576;

/**
 * An Ethernet switch among machines: it learns where addresses are, and forwards. Each port's link may be impaired, and the segment be
 * parted; it never reaches the host's network.
 */
export class Segment implements Disposable {
  readonly #options: SegmentOptions;
  readonly #ports = new Map<string, Port>();
  /** What was set at ports that have left: who comes back under the name has it again. */
  readonly #left = new Map<string, PortState>();
  /** Address -> the port it was last seen at. */
  readonly #places = new Map<string, Port>();

  constructor(options: SegmentOptions) {
    this.#options = options;
  }

  /**
   * Puts a machine's card on the segment: `machine.link('net0')`. It leaves with its machine.
   * @throws BringupError `usage` where the name is taken.
   */
  join(name: string, link: Duplex): void {
    const port = this.attach(name, (frame) => {
      if (link.destroyed || link.writableLength > mostBytesWaiting) return false;
      writeTogether(link, frame);
      return true;
    });
    const reader = new FrameReader();
    link.on('data', (piece: Uint8Array) => {
      for (const frame of framesIn(reader, piece, link)) port.send(frame);
    });
    link.once('close', () => port.leave());
  }

  /**
   * Puts somebody on the segment who takes frames by a function, and sends them by `send`.
   * @param take Answers whether it took the frame.
   * @throws BringupError `usage` where the name is taken.
   */
  attach(name: string, take: (frame: Uint8Array) => boolean): SegmentPort {
    if (this.#ports.has(name)) throw new BringupError('usage', `segment ${this.#options.name}: there is a port ${name} already`);
    const { seed, name: segment } = this.#options;
    const drop = (frame: Uint8Array, why: string): void => this.#tell(name, 'dropped', frame, why);
    const line = (direction: 'to' | 'from', deliver: (frame: Uint8Array, deed: Deed) => void): Line =>
      new Line({ seed, link: `${segment}/${name}`, direction, deliver, drop });
    const before = this.#left.get(name) ?? this.#options.ports?.find((each) => each.name === name);
    const port: Port = {
      name,
      group: before?.group ?? 0,
      alterations: new Set(),
      from: line('from', (frame) => this.#forward(port, frame)),
      to: line('to', (frame, deed) => {
        if (take(frame)) this.#tell(name, 'out', frame, deed);
        else drop(frame, 'nobody took it');
      }),
    };
    if (before) {
      port.to.restore(before.to);
      port.from.restore(before.from);
    }
    this.#ports.set(name, port);
    return {
      send: (frame) => {
        this.#tell(name, 'in', frame, undefined);
        this.#pass(port, 'from', frame);
      },
      leave: () => this.#remove(port),
    };
  }

  /** The state of all ports, for a segment that is to go on from here. */
  get ports(): PortState[] {
    return Array.from(this.#ports.values(), stateOf);
  }

  /**
   * From the next frame on: in both directions, or each its own.
   * @throws BringupError `usage` for a port that is not there; ZodError for an impairment that can't be.
   */
  impair(name: string, impairment: Impairment | undefined, direction: 'to' | 'from' | 'both' = 'both'): void {
    const port = this.#port(name);
    if (direction !== 'from') port.to.impair(impairment);
    if (direction !== 'to') port.from.impair(impairment);
  }

  /**
   * From the next frame on, a function of the test's own decides of each frame at the port, before the link does, and behind functions that were there
   * before.
   * @returns what ends it.
   * @throws BringupError `usage` for a port that is not there.
   */
  alter(name: string, alteration: Alteration): () => void {
    const { alterations } = this.#port(name);
    alterations.add(alteration);
    return () => void alterations.delete(alteration);
  }

  /** Who is named reaches only who is named with him; the rest stay together. @throws BringupError `usage` */
  partition(...groups: readonly (readonly string[])[]): void {
    this.heal();
    // What is under way gets no further either.
    for (const { from, to } of this.#ports.values()) {
      from.clear('the segment is parted');
      to.clear('the segment is parted');
    }
    for (const [index, names] of groups.entries()) for (const name of names) this.#port(name).group = index + 1;
  }

  heal(): void {
    for (const port of this.#ports.values()) port.group = 0;
  }

  [Symbol.dispose](): void {
    for (const port of this.#ports.values()) this.#remove(port);
  }

  #remove(port: Port): void {
    port.from[Symbol.dispose]();
    port.to[Symbol.dispose]();
    if (this.#ports.get(port.name) === port) {
      this.#ports.delete(port.name);
      this.#left.set(port.name, stateOf(port));
    }
    for (const [address, place] of this.#places) if (place === port) this.#places.delete(address);
  }

  /** Puts a frame on a port's link, as far as the test lets it pass. */
  #pass(port: Port, direction: 'to' | 'from', frame: Uint8Array): void {
    let passed = frame;
    for (const alter of port.alterations) {
      const altered = alter(passed, direction);
      if (altered === undefined) {
        this.#tell(port.name, 'dropped', frame, 'the test took it out');
        return;
      }
      passed = altered;
    }
    port[direction].send(passed);
  }

  #port(name: string): Port {
    const port = this.#ports.get(name);
    if (port) return port;
    throw new BringupError(
      'usage',
      `segment ${this.#options.name} has no port ${name}, but ${[...this.#ports.keys()].join(', ') || 'none'}`,
    );
  }

  /** IEEE Std 802.1D: learn the source, forward to the destination's port, flood what is for many or for nobody known. */
  #forward(port: Port, frame: Uint8Array): void {
    if (frame.length < 14) {
      this.#tell(port.name, 'dropped', frame, 'too short for its addresses');
      return;
    }
    const [destination, source] = [addressAt(frame, 0), addressAt(frame, 6)];
    if (!isGroup(frame[6])) this.#places.set(source, port);
    const place = isGroup(frame[0]) ? undefined : this.#places.get(destination);
    const receivers = place === undefined ? [...this.#ports.values()] : [place];
    for (const receiver of receivers) {
      if (receiver === port) continue;
      if (receiver.group === port.group) this.#pass(receiver, 'to', frame);
      else this.#tell(receiver.name, 'dropped', frame, 'the segment is parted');
    }
  }

  #tell(port: string, way: FrameEvent['way'], frame: Uint8Array, deed: Deed): void {
    this.#options.watch?.({ port, way, frame, deed });
  }
}

/** All frames of one turn of the event loop in one system call. */
function writeTogether(link: Duplex, frame: Uint8Array): void {
  if (link.writableCorked === 0) {
    link.cork();
    process.nextTick(() => link.uncork());
  }
  link.write(lengthPrefix(frame));
  link.write(frame);
}

/** A stream that is out of step can't be read any more: the card is unplugged. */
function framesIn(reader: FrameReader, piece: Uint8Array, link: Duplex): Uint8Array[] {
  try {
    return reader.push(piece);
  } catch (error) {
    link.destroy(error as Error);
    return [];
  }
}

function stateOf({ name, group, to, from }: Port): PortState {
  return { name, group, to: to.state, from: from.state };
}

function isGroup(first: number | undefined): boolean {
  return ((first ?? 0) & 1) === 1;
}

function addressAt(frame: Uint8Array, at: number): string {
  return Buffer.from(frame.buffer, frame.byteOffset + at, 6).toString('hex');
}
