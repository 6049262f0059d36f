/**
 * The end of the console's text: the last `size` characters at least, more while some of them were not scanned yet.
 * Positions count characters (UTF-16 code units) of the whole console text, from 0.
 */
export class TextWindow {
  readonly size: number;
  /** Position before which everything was consumed by matches. */
  consumed = 0;
  #text = '';
  #base = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** What is kept; it begins at position `base`. */
  get text(): string {
    return this.#text;
  }

  get base(): number {
    return this.#base;
  }

  /** Position after the last character. */
  get end(): number {
    return this.#base + this.#text.length;
  }

  /** Position from which a new wait may match. */
  get start(): number {
    return Math.max(this.consumed, this.end - this.size);
  }

  append(text: string): void {
    // Not copied yet: the engine joins the pieces when they are first read as one.
    this.#text += text;
  }

  /** Forgets what lies before the window, once that is as much as the window itself: each character is moved at most once. */
  trim(): void {
    // One character more is kept, so that ^ and \b see what stands before the window.
    const excess = this.#text.length - this.size - 1;
    if (excess < this.size) return;
    this.#text = this.#text.slice(excess);
    this.#base += excess;
  }

  /** The unfinished line: what follows the last line feed. */
  get unfinishedLine(): string {
    return this.#text.slice(this.#text.lastIndexOf('\n') + 1);
  }

  /** The last lines, the unfinished one included, without a line feed at the end. */
  tail(maxLines: number): string {
    const text = this.#text;
    const end = text.endsWith('\n') ? text.length - 1 : text.length;
    let start = end;
    for (let lines = 0; lines < maxLines && start > 0; lines += 1) start = text.lastIndexOf('\n', start - 1);
    return text.slice(start === end ? end : start + 1, end);
  }

  /** Line feeds between a position and the end. */
  lineFeedsSince(position: number): number {
    let count = 0;
    for (let at = this.#text.indexOf('\n', position - this.#base); at !== -1; at = this.#text.indexOf('\n', at + 1)) count += 1;
    return count;
  }
}
