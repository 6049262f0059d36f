import { appendFileSync, writeFileSync } from 'node:fs';
import { enhancedPacket, interfaceDescription, sectionHeader } from './pcapng.ts';
import type { FrameEvent } from './segment.ts';

/** Nanoseconds since the epoch at which `performance.now()` was 0, to the microsecond. */
const originNs = BigInt(Math.round(performance.timeOrigin * 1_000)) * 1_000n;

/**
 * Writes what passes on a segment into a pcap-ng file: an interface a port; each frame where it came in and where it was handed out, and what was
 * dropped, with the reason. The file is whole after each frame.
 */
export class Capture {
  readonly path: string;
  readonly #interfaces = new Map<string, number>();

  /** @throws where the file can't be written. */
  constructor(path: string) {
    this.path = path;
    writeFileSync(path, sectionHeader('bringup'));
  }

  readonly watch = ({ port, way, frame, deed }: FrameEvent): void => {
    const timeNs = originNs + BigInt(Math.round(performance.now() * 1_000)) * 1_000n;
    const comment = way === 'dropped' ? `dropped: ${deed}` : deed;
    const packet = enhancedPacket({
      interfaceNumber: this.#interfaceOf(port),
      timeNs,
      direction: way === 'in' ? 'in' : 'out',
      frame,
      ...(comment !== undefined && { comment }),
    });
    appendFileSync(this.path, packet);
  };

  #interfaceOf(port: string): number {
    const known = this.#interfaces.get(port);
    if (known !== undefined) return known;
    const number = this.#interfaces.size;
    this.#interfaces.set(port, number);
    appendFileSync(this.path, interfaceDescription(port));
    return number;
  }
}
