import { blockBytes, TerminalText } from './terminal-text.ts';

/** A console line, or a piece of one that is longer than `maxLineLength`. */
export interface Line {
  /** Its text as TerminalText cleans it, without the line feed. */
  text: string;
  /** Number of the line, from 1; all pieces of a line have the same. */
  line: number;
  /** Offset in the raw bytes at which the line (not the piece) begins. */
  byteOffset: number;
  /** Whether a line feed ended it: false for a piece with more to come, and for what the input's end cut off. */
  terminated: boolean;
  /** Whether it goes on where the `Line` before it stopped. */
  continued: boolean;
}

/** Longest text of one `Line` in UTF-16 code units. */
export const maxLineLength = 65_536;

/** Cleaned text of a TerminalText -> lines. It must be given the text of each push before the next push. */
export class LineCutter {
  readonly #terminal: TerminalText;
  #line: number;
  #text: string;
  #continued = false;

  /** `unfinished` is the text of the line that the terminal is in. */
  constructor(terminal: TerminalText, unfinished = '') {
    this.#terminal = terminal;
    this.#line = terminal.lineFeeds + 1;
    this.#text = unfinished;
  }

  /** Takes the next text and gives the lines that it ends. */
  push(text: string): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#append(text.slice(start, end), lines);
      lines.push(this.#cut(this.#text, true));
      start = end + 1;
    }
    if (start < text.length) this.#append(text.slice(start), lines);
    return lines;
  }

  /** Ends the input and gives the line that has no line feed, if there is one. */
  end(): Line[] {
    return this.#text === '' ? [] : [this.#cut(this.#text, false)];
  }

  #append(text: string, lines: Line[]): void {
    this.#text = this.#text === '' ? text : this.#text + text;
    while (this.#text.length > maxLineLength) {
      const whole = this.#text;
      // A surrogate pair stays together.
      const splitsPair = (whole.charCodeAt(maxLineLength - 1) & 0xfc00) === 0xd800;
      const length = splitsPair ? maxLineLength - 1 : maxLineLength;
      lines.push(this.#cut(whole.slice(0, length), false));
      this.#text = whole.slice(length);
    }
  }

  #cut(text: string, terminated: boolean): Line {
    const line = { text, line: this.#line, byteOffset: this.#terminal.lineStart(this.#line), terminated, continued: this.#continued };
    this.#text = '';
    this.#continued = !terminated;
    if (terminated) this.#line += 1;
    return line;
  }
}

/** Raw console bytes -> cleaned lines, incrementally; any chunking gives the same lines. */
export class LineSplitter {
  readonly #terminal = new TerminalText();
  readonly #cutter = new LineCutter(this.#terminal);

  /** Takes the next bytes and gives the lines that they end. */
  push(chunk: Uint8Array): Line[] {
    if (chunk.length <= blockBytes) return this.#cutter.push(this.#terminal.push(chunk));
    const lines: Line[] = [];
    // One block at a time: the terminal remembers that many line starts.
    for (let start = 0; start < chunk.length; start += blockBytes) {
      for (const line of this.push(chunk.subarray(start, start + blockBytes))) lines.push(line);
    }
    return lines;
  }

  /** Ends the input and gives the last line, where no line feed ended it. */
  end(): Line[] {
    const lines = this.#cutter.push(this.#terminal.end());
    return [...lines, ...this.#cutter.end()];
  }
}
