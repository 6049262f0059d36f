/**
 * Console bytes as text that is safe to show: escape sequences removed (colours kept beside the text), other control characters
 * made visible, invalid UTF-8 replaced. Sequences after ECMA-48 and XTerm's ctlseqs, no more of them than a log needs.
 */
export interface ConsoleText {
  readonly text: string;
  readonly styles: readonly StyleRun[];
  /** Where each of the asked byte offsets lies in `text`. */
  readonly offsets: readonly number[];
}

/** [from, to) of the text, and the viewer's class names: `f0`-`f15` foreground, `b0`-`b15` background, `bold`, `dim`, ... */
export type StyleRun = readonly [from: number, to: number, classes: string];

/** More colour changes than this are noise, and would cost a browser dearly. */
const maxStyleRuns = 20_000;

/** Just the text. */
export function consoleText(bytes: Uint8Array): string {
  return renderConsole(bytes).text;
}

/**
 * @param marks Byte offsets to find again in the text, in ascending order.
 */
export function renderConsole(bytes: Uint8Array, marks: readonly number[] = []): ConsoleText {
  const renderer = new Renderer(bytes, marks);
  return renderer.render();
}

type State = 'ground' | 'escape' | 'csi' | 'string';

class Renderer {
  readonly #bytes: Buffer;
  readonly #marks: readonly number[];
  readonly #offsets: number[] = [];
  readonly #styles: StyleRun[] = [];
  #text = '';
  #state: State = 'ground';
  /** Start of the plain bytes that wait to be decoded, and of a CSI sequence's parameters. */
  #runStart = 0;
  #parameterStart = 0;
  #carriageReturn = false;
  #style = new Style();
  #classes = '';
  #styleStart = 0;

  constructor(bytes: Uint8Array, marks: readonly number[]) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#marks = marks;
  }

  render(): ConsoleText {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (at >= this.#nextMark && (byte & 0xc0) !== 0x80) this.#passMarks(at);
      if (this.#state === 'ground') {
        if (byte < 0x20 || byte === 0x7f) this.#control(byte, at);
      } else {
        this.#sequence(byte, at);
      }
    }
    this.#flush(bytes.length);
    this.#passMarks(Number.POSITIVE_INFINITY);
    this.#restyle('');
    return { text: this.#text, styles: this.#styles, offsets: this.#offsets };
  }

  get #nextMark(): number {
    return this.#marks[this.#offsets.length] ?? Number.POSITIVE_INFINITY;
  }

  #passMarks(at: number): void {
    if (this.#state === 'ground') this.#flush(Math.min(at, this.#bytes.length));
    while (this.#offsets.length < this.#marks.length && this.#nextMark <= at) this.#offsets.push(this.#text.length);
  }

  #control(byte: number, at: number): void {
    this.#flush(at);
    this.#runStart = at + 1;
    if (byte === 0x1b) this.#state = 'escape';
    else if (byte === 0x0d) this.#carriageReturn = true;
    else if (byte === 0x0a) this.#newline();
    else if (byte === 0x09) this.#append('\t');
    else if (byte === 0x7f) this.#append('\u2421');
    else if (byte !== 0x07) this.#append(String.fromCharCode(0x2400 + byte));
  }

  #sequence(byte: number, at: number): void {
    // A line's end closes what was never closed, or one stray byte would hide the rest of the log.
    if (byte === 0x0a || byte === 0x18 || byte === 0x1a) {
      this.#ground(at + 1);
      if (byte === 0x0a) this.#newline();
    } else if (byte === 0x1b) {
      this.#state = 'escape';
    } else if (this.#state === 'escape') {
      if (byte === 0x5b) {
        this.#state = 'csi';
        this.#parameterStart = at + 1;
      } else if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) {
        this.#state = 'string';
      } else if (byte >= 0x30) {
        this.#ground(at + 1);
      }
    } else if (this.#state === 'csi') {
      if (byte >= 0x40) this.#endCsi(byte, at);
    } else if (byte === 0x07) {
      this.#ground(at + 1);
    }
  }

  #endCsi(final: number, at: number): void {
    if (final === 0x6d) {
      this.#style.apply(this.#bytes.toString('latin1', this.#parameterStart, at));
      this.#restyle(this.#style.classes());
    }
    this.#ground(at + 1);
  }

  #ground(runStart: number): void {
    this.#state = 'ground';
    this.#runStart = runStart;
  }

  #newline(): void {
    this.#carriageReturn = false;
    this.#text += '\n';
  }

  #flush(end: number): void {
    if (this.#state !== 'ground' || end <= this.#runStart) return;
    this.#append(makeVisible(this.#bytes.toString('utf8', this.#runStart, end)));
    this.#runStart = end;
  }

  /** A lone carriage return goes back to the line's start: shown as a line of its own, nothing is overwritten. */
  #append(text: string): void {
    if (this.#carriageReturn && this.#text !== '' && !this.#text.endsWith('\n')) this.#text += '\n';
    this.#carriageReturn = false;
    this.#text += text;
  }

  #restyle(classes: string): void {
    if (classes === this.#classes) return;
    const end = this.#text.length;
    if (this.#classes !== '' && end > this.#styleStart && this.#styles.length < maxStyleRuns)
      this.#styles.push([this.#styleStart, end, this.#classes]);
    this.#classes = classes;
    this.#styleStart = end;
  }
}

/** C1 controls, and marks that reorder text: a log must read as it was written. */
function makeVisible(text: string): string {
  return text.replace(/[\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufffe\uffff]/g, '\ufffd');
}

class Style {
  #foreground: number | null = null;
  #background: number | null = null;
  readonly #attributes = new Set<string>();

  /** Select Graphic Rendition. Of 256 colours the first sixteen are shown, others and true colour as the default. */
  apply(parameters: string): void {
    if (/[^0-9;:]/.test(parameters)) return;
    const codes = parameters.split(/[;:]/).map(Number);
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at] as number;
      if (code === 38 || code === 48) {
        const indexed = codes[at + 1] === 5;
        const colour = indexed ? (codes[at + 2] ?? 16) : 16;
        this.#colour(code, colour < 16 ? colour : null);
        at += indexed ? 2 : 4;
      } else {
        this.#single(code);
      }
    }
  }

  #single(code: number): void {
    const attribute = attributes[code];
    if (code === 0) {
      this.#foreground = this.#background = null;
      this.#attributes.clear();
    } else if (attribute !== undefined) this.#attributes.add(attribute);
    else if (code === 22) for (const name of ['bold', 'dim']) this.#attributes.delete(name);
    else if (code > 22 && code < 30) this.#attributes.delete(attributes[code - 20] ?? '');
    else if (code >= 30 && code <= 37) this.#foreground = code - 30;
    else if (code === 39) this.#foreground = null;
    else if (code >= 40 && code <= 47) this.#background = code - 40;
    else if (code === 49) this.#background = null;
    else if (code >= 90 && code <= 97) this.#foreground = code - 82;
    else if (code >= 100 && code <= 107) this.#background = code - 92;
  }

  #colour(code: 38 | 48, colour: number | null): void {
    if (code === 38) this.#foreground = colour;
    else this.#background = colour;
  }

  classes(): string {
    const names = [...this.#attributes].sort();
    if (this.#foreground !== null) names.push(`f${this.#foreground}`);
    if (this.#background !== null) names.push(`b${this.#background}`);
    return names.join(' ');
  }
}

const attributes: Readonly<Record<number, string>> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse' };
