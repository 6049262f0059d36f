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
 * Characters that may be scanned for each one received. A scan reads the whole window, since a match may begin anywhere in
 * it; so small pieces are scanned together, and the cost stays linear however the bytes are cut. Must be more than 1:
 * with a window of w characters, at most w / (k - 1) of them wait for their scan.
 */
const scansPerCharacter = 1.4;
/** What may be scanned beside that for each millisecond passed: about a tenth of a core. */
const scansPerMs = 100_000;
/** Credit may be saved up to this many windows, so that an interactive console is scanned at once. */
const savedWindows = 16;
/** A piece that was not scanned at once is scanned after that time. */
const deferMs = 2;

/** The waits of a console, and when the window is searched for them. */
export class WaitList {
  /** Characters scanned so far; each pattern counts. */
  scannedCharacters = 0;

  readonly #window: TextWindow;
  readonly #pending = new Set<Pending>();
  /** Smallest `from` of the pending waits. */
  #oldest = 0;
  /** Position up to which the pending waits have seen the text. */
  #scanned = 0;
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
    if (this.#search(pending, pending.from, window.end)) return () => {};
    if (this.#pending.size === 0) this.#scanned = window.end;
    this.#pending.add(pending);
    this.#updateOldest();
    return () => {
      if (this.#pending.delete(pending)) this.#updateOldest();
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
    const span = window.end - Math.max(this.#oldest, this.#scanned - window.size);
    if (span <= this.#credit) {
      this.#credit -= span;
      this.scan();
    } else {
      this.#timer ??= setTimeout(() => this.scan(), deferMs);
    }
  }

  /** Searches what was not scanned yet, up to a position; a pending wait misses nothing that came before it. */
  scan(limit = this.#window.end): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const window = this.#window;
    if (this.#scanned < limit) {
      const oldestSeen = this.#scanned - window.size;
      this.#scanned = limit;
      let found = false;
      for (const pending of this.#pending) {
        if (!this.#search(pending, Math.max(pending.from, oldestSeen), limit)) continue;
        this.#pending.delete(pending);
        found = true;
      }
      if (found) this.#updateOldest();
    }
    window.trim();
  }

  /** Ends every wait with this error. */
  rejectAll(error: unknown): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const { wait } of pending) wait.onError(error);
  }

  #search({ wait, from }: Pending, start: number, limit: number): boolean {
    const window = this.#window;
    const text = limit === window.end ? window.text : window.text.slice(0, limit - window.base);
    let first: { which: number; match: RegExpExecArray } | undefined;
    for (const [which, { regExp, label }] of wait.patterns.entries()) {
      regExp.lastIndex = start - window.base;
      this.scannedCharacters += limit - start;
      const match = regExp.exec(text);
      if (match === null) continue;
      if (match[0] === '') {
        wait.onError(emptyMatch(label));
        return true;
      }
      if (first === undefined || match.index < first.match.index) first = { which, match };
    }
    if (first === undefined) return false;
    const position = window.base + first.match.index;
    window.consumed = Math.max(window.consumed, position + first.match[0].length);
    wait.onFound({ ...first, position, from });
    return true;
  }

  #updateOldest(): void {
    this.#oldest = Math.min(...Array.from(this.#pending, ({ from }) => from));
  }
}
