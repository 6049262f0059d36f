/** Shorter pieces are joined as they come, so that their number is bounded. */
const minPieceLength = 1024;

/**
 * The end of the console's text: the last `size` characters at least. Positions count characters (UTF-16 code units) of
 * the whole console text, from 0. The text is kept in the pieces that it came in, since most of it is never read again.
 */
export class TextWindow {
  readonly size: number;
  /** Position before which everything was consumed by matches. */
  consumed = 0;
  /** Position at which the unfinished line begins. */
  lineStart = 0;
  /** Position of the first character kept. */
  base = 0;
  /** Position after the last character. */
  end = 0;
  #pieces: string[] = [''];

  constructor(size: number) {
    this.size = size;
  }

  /** Position from which a new wait may match. */
  get start(): number {
    return Math.max(this.consumed, this.end - this.size);
  }

  append(text: string): void {
    const last = this.#pieces.length - 1;
    const piece = this.#pieces[last] as string;
    if (piece.length < minPieceLength) this.#pieces[last] = piece + text;
    else this.#pieces.push(text);
    const lineFeed = text.lastIndexOf('\n');
    if (lineFeed !== -1) this.lineStart = this.end + lineFeed + 1;
    this.end += text.length;
  }

  /** Forgets the pieces that lie before the window. */
  trim(): void {
    // One character more is kept, so that ^ and \b see what stands before the window.
    const start = this.end - this.size - 1;
    let whole = 0;
    for (let piece = this.#pieces[0] as string; this.base + piece.length <= start; piece = this.#pieces[whole] as string) {
      this.base += piece.length;
      whole += 1;
    }
    if (whole > 0) this.#pieces.splice(0, whole);
  }

  /** The text between two positions, as far as it is kept. */
  slice(from: number, to = this.end): string {
    let index = this.#pieces.length - 1;
    let start = this.end - (this.#pieces[index] as string).length;
    while (start > from && index > 0) {
      index -= 1;
      start -= (this.#pieces[index] as string).length;
    }
    const first = (this.#pieces[index] as string).slice(Math.max(0, from - start));
    const text = index === this.#pieces.length - 1 ? first : first + this.#pieces.slice(index + 1).join('');
    return to === this.end ? text : text.slice(0, text.length - (this.end - to));
  }

  /** The last lines, the unfinished one included, without a line feed at the end. */
  tail(maxLines: number): string {
    const text = this.slice(this.base);
    const end = text.endsWith('\n') ? text.length - 1 : text.length;
    let start = end;
    for (let lines = 0; lines < maxLines && start > 0; lines += 1) start = text.lastIndexOf('\n', start - 1);
    return text.slice(start === end ? end : start + 1, end);
  }
}
