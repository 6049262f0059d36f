import { isUtf8 } from 'node:buffer';
import type { RunEventOf } from '../model/run-event.ts';

type ConsoleFields = Pick<RunEventOf<'console'>, 'encoding' | 'head' | 'tail' | 'omittedBytes' | 'sizeBytes'>;

/** A console as it was recorded: `tail` begins at byte `sizeBytes - tail.length`; between it and `head` bytes were left out. */
export interface ConsoleBytes {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly omittedBytes: number;
  readonly sizeBytes: number;
}

/**
 * The fields of a `console` event for a machine's raw bytes. Three quarters of what is kept are the end, where a failure shows.
 * @param maxBytes Kept at most. @default 1 MiB
 */
export function encodeConsole(bytes: Uint8Array, maxBytes = 1_048_576): ConsoleFields {
  const whole = bytes.length <= maxBytes;
  const headEnd = whole ? bytes.length : characterStart(bytes, Math.floor(maxBytes / 4));
  const tailStart = whole ? bytes.length : characterStart(bytes, bytes.length - Math.floor((maxBytes * 3) / 4));
  const parts = [bytes.subarray(0, headEnd), bytes.subarray(tailStart)].map((part) =>
    Buffer.from(part.buffer, part.byteOffset, part.length),
  );
  const encoding = parts.every(isUtf8) ? 'utf8' : 'base64';
  const [head = '', tail = ''] = parts.map((part) => part.toString(encoding));
  return { encoding, head, tail, omittedBytes: tailStart - headEnd, sizeBytes: bytes.length };
}

export function decodeConsole({ encoding, head, tail, omittedBytes, sizeBytes }: ConsoleFields): ConsoleBytes {
  return { head: Buffer.from(head, encoding), tail: Buffer.from(tail, encoding), omittedBytes, sizeBytes };
}

/** The next place at or after `index` where no UTF-8 sequence is cut; a sequence has at most three bytes that continue it. */
function characterStart(bytes: Uint8Array, index: number): number {
  for (let at = index; at < Math.min(index + 4, bytes.length); at++) {
    if (((bytes[at] as number) & 0xc0) !== 0x80) return at;
  }
  return index;
}
