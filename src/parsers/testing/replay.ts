import { type Line, LineSplitter } from '../lines.ts';
import { findKernelMessage } from '../printk.ts';

/** Cuts bytes into chunks of the given sizes, over and over. */
export function chunksOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, k = 0; at < bytes.length; k += 1) {
    const size = sizes[k % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Everything that a parser makes of the chunks. */
export function replay<E>(parser: { push(chunk: Uint8Array): readonly E[]; end(): readonly E[] }, chunks: readonly Uint8Array[]): E[] {
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

/** Text -> lines, numbered from 1. */
export function linesOf(...texts: readonly string[]): Line[] {
  let byteOffset = 0;
  return texts.map((text, index) => {
    const line = { text, line: index + 1, byteOffset, terminated: true, continued: false };
    byteOffset += Buffer.byteLength(text) + 1;
    return line;
  });
}

/** Numbers of the lines that must give an event: all but those that are the rest of a line that kernel messages cut. */
export function linesWithEvents(bytes: Uint8Array): Set<number> {
  const numbers = new Set<number>();
  let cut = false;
  for (const { text, line } of replay(new LineSplitter(), [bytes])) {
    const message = findKernelMessage(text);
    if (message !== undefined || !cut) numbers.add(line);
    cut = message === undefined ? false : cut || message.index > 0;
  }
  return numbers;
}
