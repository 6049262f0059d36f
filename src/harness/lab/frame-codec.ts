import { BringupError } from '../../model/errors.ts';

/** QEMU's own limit of what a network backend hands on (QEMU, include/net/net.h: NET_BUFSIZE). */
export const longestFrame = 4096 + 65_536;
const prefixBytes = 4;

/** What goes before a frame on QEMU's stream sockets: its length, 32 bits, the most significant byte first (QEMU, net/stream.c). */
export function lengthPrefix(frame: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes);
  bytes.writeUInt32BE(frame.length);
  return bytes;
}

/** Takes a stream's bytes in any pieces, and gives the frames that are whole. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** @throws BringupError `harness-fault` for a length that no frame has: the stream is out of step, and stays so. */
  push(piece: Uint8Array): Uint8Array[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const frames: Uint8Array[] = [];
    for (;;) {
      const needed = this.#length < prefixBytes ? prefixBytes : prefixBytes + this.#nextLength();
      if (this.#length < needed) return frames;
      frames.push(this.#take(needed).subarray(prefixBytes));
    }
  }

  #nextLength(): number {
    const length = this.#whole().readUInt32BE();
    if (length <= longestFrame) return length;
    throw new BringupError('harness-fault', `a network link gave a frame of ${length} bytes, more than ${longestFrame}`, {
      hint: 'this is a bug in bringup or in QEMU.',
    });
  }

  #whole(): Buffer {
    const [first] = this.#pieces;
    const joined =
      this.#pieces.length === 1 && first ? Buffer.from(first.buffer, first.byteOffset, first.length) : Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  #take(count: number): Uint8Array {
    const all = this.#whole();
    this.#length -= count;
    this.#pieces = this.#length > 0 ? [all.subarray(count)] : [];
    return all.subarray(0, count);
  }
}
