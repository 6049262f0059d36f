import { enhancedPacket, interfaceDescription, sectionHeader } from './pcapng.ts';
import type { FrameEvent } from './segment.ts';

/** Nanoseconds since the epoch at which `performance.now()` was 0, to the microsecond. */
const originNs = BigInt(Math.round(performance.timeOrigin * 1_000)) * 1_000n;

interface CapturedEvent extends FrameEvent {
  readonly atMs: number;
}

/**
 * What passed on a segment, to be looked into later: each frame where it was sent; where it arrived if something happened to it on the way; what
 * was dropped, and why. Kept in memory, the latest so many bytes.
 */
export class Capture {
  readonly #mostBytes: number;
  #events: CapturedEvent[] = [];
  /** Of those, the first that is still kept: they are thrown away in lots. */
  #first = 0;
  #bytes = 0;
  #forgotten = 0;

  constructor({ mostBytes = 8 * 2 ** 20 }: { mostBytes?: number } = {}) {
    this.#mostBytes = mostBytes;
  }

  readonly watch = (event: FrameEvent): void => {
    if (event.way === 'out' && event.deed === undefined) return;
    // A copy: what comes out of a socket lies in a piece of many frames.
    this.#events.push({ ...event, frame: Uint8Array.from(event.frame), atMs: performance.now() });
    this.#bytes += event.frame.length;
    while (this.#bytes > this.#mostBytes) {
      this.#bytes -= (this.#events[this.#first] as CapturedEvent).frame.length;
      this.#first += 1;
      this.#forgotten += 1;
    }
    if (this.#first > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  };

  /** How many frames it holds. */
  get count(): number {
    return this.#events.length - this.#first;
  }

  /** All of it as a pcap-ng file: an interface a port; a comment says what the link did to a frame, or why it was dropped. */
  file(): Buffer {
    const forgotten = this.#forgotten > 0 ? `the first ${this.#forgotten} frames were not kept` : undefined;
    const blocks = [sectionHeader('bringup', forgotten)];
    const interfaces = new Map<string, number>();
    for (const { port, way, frame, deed, atMs } of this.#events.slice(this.#first)) {
      if (!interfaces.has(port)) {
        interfaces.set(port, interfaces.size);
        blocks.push(interfaceDescription(port));
      }
      const comment = way === 'dropped' ? `dropped: ${deed}` : deed;
      blocks.push(
        enhancedPacket({
          interfaceNumber: interfaces.get(port) as number,
          timeNs: originNs + BigInt(Math.round(atMs * 1_000)) * 1_000n,
          direction: way === 'in' ? 'in' : 'out',
          frame,
          ...(comment !== undefined && { comment }),
        }),
      );
    }
    return Buffer.concat(blocks);
  }
}
