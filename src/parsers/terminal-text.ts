import { action, state, stateBits, transitions } from './escape-table.ts';
import { type CursorPosition, cursorPositionOf, queryKindOf, type TerminalQuery } from './terminal-query.ts';

export interface TerminalTextOptions {
  /** Told each query of the guest, while `push` runs. */
  onQuery?: (query: TerminalQuery) => void;
}

/** Longest escape sequence in bytes; one that is longer is text. */
export const maxSequenceBytes = 4096;
/** Bytes cleaned at a time: at most half as many lines as are remembered. */
export const blockBytes = 32_768;
/** Number of recent lines whose start is remembered. */
const rememberedLines = 65_536;

const CR = 0x0d;
const LF = 0x0a;
const ESC = 0x1b;
const lineMask = rememberedLines - 1;

/**
 * Raw console bytes -> plain text, incrementally; any chunking gives the same text. What remains is printable UTF-8, tab,
 * line feed, and carriage returns that stand for something: those before a line feed are dropped, other runs of them
 * become one. Escape sequences (see escape-table.ts) and all other controls are removed; bad UTF-8 becomes U+FFFD.
 *
 * Every line feed of the input is one of the text, and nothing is held back beyond it, so that line n of the text is
 * line n of the raw bytes. Memory is bounded: about 600 KiB.
 */
export class TerminalText {
  /** Line feeds seen so far. */
  lineFeeds = 0;
  /** Raw bytes taken so far. */
  bytes = 0;

  readonly #onQuery: ((query: TerminalQuery) => void) | undefined;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Raw offset of each recent line's start, by line feed count. */
  readonly #lineStarts = new Float64Array(rememberedLines);

  /** Cleaned bytes; `#length` of them are an unfinished UTF-8 sequence of the chunk before. */
  #out = new Uint8Array(0);
  #view = new DataView(this.#out.buffer);
  #length = 0;
  /** Whether `#out` has bytes from 0x80 on, and whether separators were put between them. */
  #isAscii = true;
  #hasSeparators = false;
  /** A carriage return was seen, and whether a line feed follows is not known yet. */
  #carriageReturn = false;

  #state: number = state.ground;
  readonly #sequence = new Uint8Array(maxSequenceBytes);
  #sequenceLength = 0;
  #cursor: CursorPosition | undefined;

  constructor(options: TerminalTextOptions = {}) {
    this.#onQuery = options.onQuery;
  }

  /** Takes the next bytes and gives the text that they add. */
  push(chunk: Uint8Array): string {
    if (chunk.length <= blockBytes) return this.#pushBlock(chunk);
    let text = '';
    for (let start = 0; start < chunk.length; start += blockBytes) text += this.#pushBlock(chunk.subarray(start, start + blockBytes));
    return text;
  }

  /** Ends the input and gives what was still held back. */
  end(): string {
    this.#reserve(0);
    this.#giveBack();
    this.#state = state.ground;
    this.#flushCarriageReturn();
    return this.#take(this.#length);
  }

  /**
   * Offset in the raw bytes at which a line (from 1) begins. Exact for the last 65,536 lines begun; for older ones the
   * oldest known start.
   */
  lineStart(line: number): number {
    const known = Math.max(line - 1, this.lineFeeds - lineMask, 0);
    return this.#lineStarts[known & lineMask] ?? 0;
  }

  #pushBlock(chunk: Uint8Array): string {
    this.#reserve(chunk.length);
    let at = 0;
    while (at < chunk.length) at = this.#state === state.ground ? this.#text(chunk, at) : this.#escape(chunk, at);
    this.bytes += chunk.length;
    return this.#take(this.#isAscii ? this.#length : completeLength(this.#out, this.#length));
  }

  /** Reads text up to the next ESC or the chunk's end: the hot loop. */
  #text(chunk: Uint8Array, start: number): number {
    const end = chunk.length;
    const out = this.#out;
    const view = this.#view;
    const input = new DataView(chunk.buffer, chunk.byteOffset, end);
    let at = start;
    let length = this.#length;
    while (at < end) {
      if (!this.#carriageReturn) {
        // Four bytes at once as long as they are printable ASCII (0x20 to 0x7e); of the last four, those before another.
        while (at + 4 <= end) {
          const word = input.getInt32(at, true);
          const others = ((word - 0x20202020) | (word + 0x01010101) | word) & 0x80808080;
          view.setInt32(length, word, true);
          if (others !== 0) {
            const plain = (31 - Math.clz32(others & -others)) >> 3;
            at += plain;
            length += plain;
            break;
          }
          at += 4;
          length += 4;
        }
        if (at === end) break;
      }
      let byte = chunk[at++] as number;
      // A short cut: CR LF is LF.
      if (byte === CR && chunk[at] === LF) byte = chunk[at++] as number;
      if (byte >= 0x20 && byte !== 0x7f) {
        if (this.#carriageReturn) {
          out[length++] = CR;
          this.#carriageReturn = false;
        }
        out[length++] = byte;
        if (byte >= 0x80) this.#isAscii = false;
      } else if (byte === LF) {
        this.#carriageReturn = false;
        this.#cursor = undefined;
        out[length++] = LF;
        this.#lineStarts[++this.lineFeeds & lineMask] = this.bytes + at;
      } else if (byte === CR) {
        this.#carriageReturn = true;
      } else {
        // Bytes on both sides of a control are no UTF-8 sequence together: keep them apart until they are decoded.
        if (length > 0 && (out[length - 1] as number) >= 0x80) {
          out[length++] = 0;
          this.#hasSeparators = true;
        }
        if (byte === ESC) {
          this.#state = state.escape;
          break;
        }
        if (byte === 0x09) {
          if (this.#carriageReturn) out[length++] = CR;
          this.#carriageReturn = false;
          out[length++] = byte;
        }
      }
    }
    this.#length = length;
    return at;
  }

  /** Reads an escape sequence up to its end or the chunk's end. */
  #escape(chunk: Uint8Array, start: number): number {
    let at = start;
    while (at < chunk.length) {
      const byte = chunk[at++] as number;
      const entry = transitions[(this.#state << 8) | byte] as number;
      const next = entry & ((1 << stateBits) - 1);
      switch (entry >> stateBits) {
        case action.hold:
          if (this.#sequenceLength === maxSequenceBytes) {
            this.#giveBack();
            this.#state = state.ground;
            return at - 1;
          }
          this.#sequence[this.#sequenceLength++] = byte;
          this.#state = next;
          // `]P` and seven digits: the only sequence that ends by its length.
          if (next !== state.oscPalette || this.#sequenceLength < 9) continue;
          this.#sequenceLength = 0;
          this.#state = state.ground;
          return at;
        case action.done:
          if (this.#state === state.csi) this.#finishCsi(byte);
          this.#sequenceLength = 0;
          this.#state = state.ground;
          return at;
        case action.giveBack:
          this.#giveBack();
          this.#state = next;
          if (next === state.ground) return at - 1;
          at -= 1;
          continue;
        default:
          this.#state = next;
      }
    }
    return at;
  }

  #finishCsi(final: number): void {
    // Only c, n (queries), H and f (cursor position) matter, and none of them is long.
    if (this.#onQuery === undefined || this.#sequenceLength > 16 || !'cnHf'.includes(String.fromCharCode(final))) return;
    const sequence = String.fromCharCode(...this.#sequence.subarray(0, this.#sequenceLength), final);
    this.#cursor = cursorPositionOf(sequence) ?? this.#cursor;
    const kind = queryKindOf(sequence);
    if (kind === 'cursor-position') this.#onQuery({ kind, cursor: this.#cursor });
    else if (kind !== undefined) this.#onQuery({ kind });
  }

  /** What was held back as a sequence is text. */
  #giveBack(): void {
    if (this.#sequenceLength === 0) return;
    this.#flushCarriageReturn();
    this.#out.set(this.#sequence.subarray(0, this.#sequenceLength), this.#length);
    this.#length += this.#sequenceLength;
    this.#sequenceLength = 0;
    this.#isAscii = false;
  }

  #flushCarriageReturn(): void {
    if (!this.#carriageReturn) return;
    this.#out[this.#length++] = CR;
    this.#carriageReturn = false;
  }

  /** Makes room for a chunk, what is held back, and the carriage return. */
  #reserve(chunkLength: number): void {
    const needed = this.#length + chunkLength + maxSequenceBytes + 8;
    if (needed <= this.#out.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.min(2 * this.#out.length, blockBytes + maxSequenceBytes + 16)));
    grown.set(this.#out.subarray(0, this.#length));
    this.#out = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Decodes the first bytes of `#out` and keeps the rest for the next chunk. */
  #take(length: number): string {
    const text = length === 0 ? '' : this.#decoder.decode(this.#out.subarray(0, length));
    const clean = this.#hasSeparators ? text.replaceAll('\0', '') : text;
    this.#out.copyWithin(0, length, this.#length);
    this.#length -= length;
    this.#isAscii = this.#length === 0;
    this.#hasSeparators = false;
    return clean;
  }
}

/** Length without a UTF-8 sequence at the end that later bytes may complete. */
function completeLength(bytes: Uint8Array, length: number): number {
  const lastLead = Math.max(0, length - 3);
  for (let at = length - 1; at >= lastLead; at -= 1) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return length;
    if (byte >= 0xc2) return at + (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > length && byte <= 0xf4 ? at : length;
  }
  return length;
}
