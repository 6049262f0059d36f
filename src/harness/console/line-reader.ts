import type { Line } from '../../parsers/lines.ts';

/** Lines that wait for a slow reader; more, and the oldest are dropped. */
const maxBacklogLines = 10_000;

/** The lines of a console from now on, for one reader. */
export interface ConsoleLines extends AsyncIterableIterator<Line, undefined> {
  /** Lines lost so far because the reader was slower than the guest. */
  readonly dropped: number;
}

/** A bounded queue between the console and one reader of lines. */
export class LineReader implements ConsoleLines {
  dropped = 0;
  #backlog: Line[] = [];
  /** Index of the oldest line in the backlog. */
  #first = 0;
  #waiting: PromiseWithResolvers<IteratorResult<Line, undefined>>[] = [];
  #over: { error?: unknown } | undefined;
  readonly #release: () => void;

  /** `release` is called once, when the reader wants no more. */
  constructor(release: () => void) {
    this.#release = release;
  }

  push(line: Line): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ value: line, done: false });
      return;
    }
    this.#backlog.push(line);
    if (this.#backlog.length - this.#first > maxBacklogLines) {
      this.#first += 1;
      this.dropped += 1;
    }
    this.#compact();
  }

  /** No more lines come: the reader gets its backlog, then the error, if there is one, or the end. */
  finish(over: { error?: unknown } = {}): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    this.#release();
    for (const waiting of this.#waiting.splice(0)) this.#settle(waiting, over);
  }

  next(): Promise<IteratorResult<Line, undefined>> {
    const line = this.#backlog[this.#first];
    if (line !== undefined) {
      this.#first += 1;
      this.#compact();
      return Promise.resolve({ value: line, done: false });
    }
    const waiting = Promise.withResolvers<IteratorResult<Line, undefined>>();
    if (this.#over === undefined) this.#waiting.push(waiting);
    else this.#settle(waiting, this.#over);
    return waiting.promise;
  }

  return(): Promise<IteratorResult<Line, undefined>> {
    this.#backlog = [];
    this.#first = 0;
    this.finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #settle(waiting: PromiseWithResolvers<IteratorResult<Line, undefined>>, over: { error?: unknown }): void {
    if ('error' in over) waiting.reject(over.error);
    else waiting.resolve({ value: undefined, done: true });
  }

  /** Frees what was read or dropped, once it is as much as the backlog itself. */
  #compact(): void {
    if (this.#first < maxBacklogLines && this.#first < this.#backlog.length) return;
    this.#backlog = this.#backlog.slice(this.#first);
    this.#first = 0;
  }
}
