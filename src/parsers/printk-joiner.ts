import { type Line, maxLineLength } from './lines.ts';
import { findKernelMessage, type KernelMessage } from './printk.ts';

/** A line as it was meant: a kernel message by itself, or other text with the messages in its middle taken out. */
export type JoinedLine =
  | { readonly kind: 'message'; readonly line: Line; readonly message: KernelMessage }
  /** `pieces` are what stood before, between and after the messages; `line` is where the first one is, and all their text. */
  | { readonly kind: 'text'; readonly line: Line; readonly pieces: readonly Line[] };

/**
 * Takes kernel messages out of the middle of other lines and puts those together again: `hel[   12.345678] eth0: up`,
 * then `lo`, is the message and the line `hello`. A line that was cut comes when its rest has come.
 */
export class PrintkJoiner {
  #pieces: Line[] = [];
  #length = 0;

  line(line: Line): JoinedLine[] {
    const message = findKernelMessage(line.text);
    if (message === undefined) {
      const joined = this.#length + line.text.length > maxLineLength ? this.end() : [];
      this.#push(line);
      return [...joined, ...this.end()];
    }
    if (message.index > 0) this.#push({ ...line, text: line.text.slice(0, message.index) });
    const event = { kind: 'message', line, message } as const;
    // Another boot: what was cut off there has no rest.
    return message.timestampMs === 0 || this.#length > maxLineLength ? [...this.end(), event] : [event];
  }

  end(): JoinedLine[] {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (first === undefined) return [];
    this.#pieces = [];
    this.#length = 0;
    const line = pieces.length === 1 ? first : { ...first, text: pieces.map(({ text }) => text).join('') };
    return [{ kind: 'text', line, pieces }];
  }

  #push(piece: Line): void {
    this.#pieces.push(piece);
    this.#length += piece.text.length;
  }
}

export interface StrippedText {
  readonly text: string;
  /** The kernel messages, as they were printed. */
  readonly removed: readonly string[];
}

/**
 * Takes kernel messages out of captured text: whole lines, and those in the middle of a line up to their line feed. What
 * does not begin with exactly a kernel's time stamp stays, and so does a message that no line feed ends.
 */
export function stripPrintk(text: string): StrippedText {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const joiner = new PrintkJoiner();
  const removed: string[] = [];
  let stripped = '';
  for (const line of lines) {
    for (const joined of joiner.line({ text: line, line: 0, byteOffset: 0, terminated: true, continued: false })) {
      if (joined.kind === 'text') stripped += `${joined.line.text}\n`;
      else removed.push(line.slice(joined.message.index));
    }
  }
  const [cut] = joiner.end();
  return { text: `${stripped}${cut?.line.text ?? ''}${rest}`, removed };
}
