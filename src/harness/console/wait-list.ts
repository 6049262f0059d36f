import { type CompiledPattern, emptyMatch } from './pattern.ts';
import type { TextWindow } from './text-window.ts';

/** A match found in the window. */
export interface Found {
  /** Which of the wait's patterns. */
  which: number;
  match: RegExpExecArray;
  /** Position of the match in the console text, in characters from 0. */
  position: number;
  /** Position from which the wait searched. */
  from: number;
}

export interface Wait {
  readonly patterns: readonly CompiledPattern[];
  readonly onFound: (found: Found) => void;
  readonly onError: (error: unknown) => void;
}

interface Pending {
  readonly wait: Wait;
  /** Position before which it must not match. */
  readonly from: number;
}

/**
 * Characters that may be scanned for each one received. A pattern that may match across lines needs the whole window
 * searched again, so small pieces are searched together, and the cost stays linear however the bytes are cut. Must be
 * more than 1: of a window of w characters, at most w / (k - 1) then wait for their search. Measured: with less than 2.2 the
 * searched strings pass 128 KiB, where V8 allocates them outside its young generation, which costs more than the searches.
 */
const scansPerCharacter = 2.2;
/** What may be scanned beside that for each millisecond passed: about a twentieth of a core. */
const scansPerMs = 50_000;
/** Credit may be saved up to this many windows, so that an interactive console is searched at once. */
const savedWindows = 16;
/** What was not searched at once is searched after that time. */
const deferMs = 2;

/** The waits of a console, and when the window is searched for them. */
export class WaitList {
  /** Characters scanned so far; each pattern counts. */
  scannedCharacters = 0;

  readonly #window: TextWindow;
  readonly #pending = new Set<Pending>();
  /** Smallest `from` of the pending waits. */
  #oldest = 0;
  /** Whether all their patterns match within a line. */
  #allStayInLine = true;
  /** Position up to which the pending waits have seen the text. */
  #scanned = 0;
  /** Start of the line that was unfinished there. */
  #scannedLine = 0;
  /** Position beyond which nothing matches. */
  #sealedAt = Number.POSITIVE_INFINITY;
  #credit: number;
  #creditedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(window: TextWindow) {
    this.#window = window;
    this.#credit = savedWindows * window.size;
  }

  /** Looks for the patterns in what is there; if none is, the wait is pending until it is removed. Returns how to remove it. */
  add(wait: Wait): () => void {
    const window = this.#window;
    const pending = { wait, from: window.start };
    if (this.#search(pending, window.base, window.base, Math.min(window.end, this.#sealedAt))) return () => {};
    if (this.#pending.size === 0) this.#markScanned(window.end);
    this.#pending.add(pending);
    this.#pendingChanged();
    return () => {
      if (this.#pending.delete(pending)) this.#pendingChanged();
    };
  }

  /** Tells that the window grew; `atMs` is the monotonic time. */
  received(characters: number, atMs: number): void {
    const window = this.#window;
    const earned = scansPerCharacter * characters + scansPerMs * (atMs - this.#creditedAtMs);
    this.#credit = Math.min(savedWindows * window.size, this.#credit + earned);
    this.#creditedAtMs = atMs;
    if (this.#pending.size === 0) {
      window.trim();
      return;
    }
    const span = window.end - Math.max(this.#oldest, this.#allStayInLine ? this.#unfinished : this.#unforgotten);
    if (span <= this.#credit) {
      this.#credit -= span;
      this.scan();
    } else {
      this.#timer ??= setTimeout(() => this.scan(), deferMs);
    }
  }

  /** Searches what was not searched yet, up to a position; a pending wait misses nothing that came before it. */
  scan(upTo = this.#window.end): void {
    const limit = Math.min(upTo, this.#sealedAt);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#scanned < limit) {
      const unforgotten = this.#unforgotten;
      const unfinished = this.#unfinished;
      this.#markScanned(limit);
      let found = false;
      for (const pending of this.#pending) {
        if (!this.#search(pending, unforgotten, unfinished, limit)) continue;
        this.#pending.delete(pending);
        found = true;
      }
      if (found) this.#pendingChanged();
    }
    this.#window.trim();
  }

  /** Waits match nothing beyond the position any more. */
  seal(position: number): void {
    this.scan(position);
    this.#sealedAt = Math.min(this.#sealedAt, position);
  }

  get isSealed(): boolean {
    return this.#sealedAt !== Number.POSITIVE_INFINITY;
  }

  /** Ends every wait with this error. */
  rejectAll(error: unknown): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const { wait } of pending) wait.onError(error);
  }

  /** Where a match that was not seen yet can begin: in the window as it was when it was searched, ... */
  get #unforgotten(): number {
    return Math.max(0, this.#scanned - this.#window.size);
  }

  /** ... or, of a pattern that stays in its line, in the line that was unfinished. */
  get #unfinished(): number {
    return Math.max(this.#scannedLine, this.#unforgotten);
  }

  #markScanned(position: number): void {
    this.#scanned = position;
    this.#scannedLine = Math.min(position, this.#window.lineStart);
  }

  /** Searches from `unforgotten` on, or from `unfinished` for patterns that stay in their line. */
  #search({ wait, from }: Pending, unforgotten: number, unfinished: number, limit: number): boolean {
    if (limit < from) return false;
    const window = this.#window;
    let first: { which: number; match: RegExpExecArray; position: number } | undefined;
    for (const [which, { regExp, label, staysInLine }] of wait.patterns.entries()) {
      const start = staysInLine ? unfinished : unforgotten;
      // One character more, for ^ and \b: the line feed before the line.
      const textStart = Math.max(window.base, start - 1);
      regExp.lastIndex = Math.max(from, start) - textStart;
      this.scannedCharacters += Math.max(0, limit - Math.max(from, start));
      const match = regExp.exec(window.slice(textStart, limit));
      if (match === null) continue;
      if (match[0] === '') {
        wait.onError(emptyMatch(label));
        return true;
      }
      const position = textStart + match.index;
      if (first === undefined || position < first.position) first = { which, match, position };
    }
    if (first === undefined) return false;
    window.consumed = Math.max(window.consumed, first.position + first.match[0].length);
    wait.onFound({ ...first, from });
    return true;
  }

  #pendingChanged(): void {
    const pending = [...this.#pending];
    this.#oldest = Math.min(...pending.map(({ from }) => from));
    this.#allStayInLine = pending.every(({ wait }) => wait.patterns.every(({ staysInLine }) => staysInLine));
  }
}
