import type { Duplex } from 'node:stream';
import { BringupError } from '../../model/errors.ts';
import type { Pacing } from '../../model/profile.ts';
import { type Line, LineCutter } from '../../parsers/lines.ts';
import type { TerminalQuery } from '../../parsers/terminal-query.ts';
import { blockBytes, TerminalText } from '../../parsers/terminal-text.ts';
import { abortError, type WaitOptions } from '../wait.ts';
import { awaitMatch } from './await-match.ts';
import { type ConsoleEnd, closedError, timeoutError } from './console-errors.ts';
import { type ConsoleMatch, consoleMatch } from './console-match.ts';
import { type ConsoleLines, LineReader } from './line-reader.ts';
import { Listeners } from './listeners.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import type { Screen, ScreenSize } from './screen.ts';
import { Sender } from './sender.ts';
import { Spool } from './spool.ts';
import { answerTo } from './terminal-answers.ts';
import { TextWindow } from './text-window.ts';
import { WaitList } from './wait-list.ts';

/** Finds out why a wait of that many milliseconds ran out, and gives the error to reject with. */
export type Explain = (error: BringupError, waitedMs: number) => Promise<BringupError>;

export interface ConsoleOptions {
  /** File that gets every raw byte. @default none */
  spoolPath?: string | undefined;
  /** Characters of text that a pattern can match in, counted back from the newest. @default 65536 */
  windowCharacters?: number | undefined;
  /** How `send` writes. @default { mode: 'none' } */
  pacing?: Pacing | undefined;
  /** Whether programs that ask their terminal (cursor position, status, attributes) get an answer. @default true */
  answerQueries?: boolean | undefined;
  /** The machine's: aborted when waiting has become senseless. Its reason is thrown as it is. */
  fate?: AbortSignal | undefined;
  /** Asked before a wait that ran out rejects, but not for a `timeoutMs` of 0. */
  explain?: Explain | undefined;
}

export interface ExpectOptions extends WaitOptions {
  /** Says in the caller's terms what did not come: replaces the error of a wait that ran out. */
  onTimeout?: ((error: BringupError) => BringupError) | undefined;
}

export interface SendOptions {
  /** @default the console's */
  pacing?: Pacing | undefined;
  signal?: AbortSignal | undefined;
}

/** A machine whose console closes is about to say why (QEMU's exit, a power-off): its word goes before ours for that long. */
const fateGraceMs = 1_000;
/** Answers to queries that the guest does not read are not piled up. */
const maxUnreadAnswerBytes = 4_096;

/**
 * A guest's serial console. It is read all the time, whether anybody waits or not, since an unread console stalls a guest.
 * Patterns see cleaned text (see TerminalText); memory is bounded however much the guest prints.
 */
export class Console implements AsyncDisposable {
  /** Raw bytes received so far. */
  bytesReceived = 0;
  /** When the last byte came, by `performance.now()`; undefined before the first. */
  lastByteAtMs: number | undefined;
  /** Whether programs that ask their terminal get an answer: none from here while a real terminal is there to give it. */
  answersQueries: boolean;
  /** Settles when no more bytes can come. Never rejects. */
  readonly ended: Promise<ConsoleEnd>;

  readonly #stream: Duplex;
  readonly #pacing: Pacing;
  readonly #fate: AbortSignal | undefined;
  readonly #explain: Explain;
  readonly #spool: Spool | undefined;
  readonly #terminal: TerminalText;
  readonly #window: TextWindow;
  readonly #waits: WaitList;
  readonly #sender: Sender;
  readonly #bytes = new Listeners<Uint8Array>();
  readonly #texts = new Listeners<string>();
  readonly #lines = new Listeners<Line>();
  readonly #readers = new Set<LineReader>();
  readonly #queries: TerminalQuery[] = [];
  /** Aborted when waiting and sending have become senseless, with the reason to reject with. */
  readonly #down = new AbortController();
  /** Exists while somebody listens to lines. */
  #cutter: LineCutter | undefined;
  /** Position up to which text counts as having come before a fate that a listener brings about. */
  #settledEnd = Number.POSITIVE_INFINITY;
  #end: ConsoleEnd | undefined;
  /** Set while a terminal emulator answers in our place. */
  #screen: Screen | undefined;
  #resolveEnded: (end: ConsoleEnd) => void;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor(stream: Duplex, options: ConsoleOptions = {}) {
    const {
      spoolPath,
      windowCharacters = 65_536,
      pacing = { mode: 'none' },
      answerQueries = true,
      fate,
      explain = async (error) => error,
    } = options;
    this.#stream = stream;
    this.#pacing = pacing;
    this.#fate = fate;
    this.#explain = explain;
    this.#spool = spoolPath === undefined ? undefined : new Spool(spoolPath);
    this.answersQueries = answerQueries;
    this.#terminal = new TerminalText({ onQuery: (query) => this.#queries.push(query) });
    this.#window = new TextWindow(windowCharacters);
    this.#waits = new WaitList(this.#window);
    this.#sender = new Sender(stream, this.#bytes, this.#down.signal);
    ({ promise: this.ended, resolve: this.#resolveEnded } = Promise.withResolvers<ConsoleEnd>());

    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.once('end', () => this.#finish({ reason: 'closed', error: undefined }));
    stream.once('close', () => this.#finish({ reason: 'closed', error: undefined }));
    stream.on('error', (error) => this.#finish({ reason: 'error', error }));
    if (fate?.aborted) this.#onFate();
    else fate?.addEventListener('abort', this.#onFate, { once: true });
  }

  /** Complete lines received so far. */
  get linesReceived(): number {
    return this.#terminal.lineFeeds;
  }

  /** The text after the last line feed. */
  get unfinishedLine(): string {
    return this.#window.slice(this.#window.lineStart);
  }

  /** The first error of the spool file's disk. The console goes on without it. Final when the console is disposed. */
  get spoolError(): Error | undefined {
    return this.#spool?.error;
  }

  /** Characters that were searched for patterns so far: the cost of waiting. */
  get scannedCharacters(): number {
    return this.#waits.scannedCharacters;
  }

  /** The last lines of cleaned text, the unfinished one included. */
  tail(maxLines = 20): string {
    return this.#window.tail(maxLines);
  }

  /** Consumes all text received so far: later waits don't match it. */
  skip(): void {
    this.#window.consumed = this.#window.end;
  }

  /**
   * What comes from now on matches no wait any more: the machine's end has begun, and `fate` will tell which one it is.
   * From a line's listener: what comes after the piece before that line.
   */
  seal(): void {
    this.#waits.seal(Math.min(this.#settledEnd, this.#window.end));
  }

  get isSealed(): boolean {
    return this.#waits.isSealed;
  }

  /**
   * Waits until the pattern matches text that no match consumed yet, and consumes the text up to the match's end. Waits
   * that are already pending are not robbed of it. A `timeoutMs` of 0 looks only at what is there.
   * @throws BringupError `expect-timeout`, `console-closed`, `aborted`, `disposed`, `usage`; the reason of `fate` as it is.
   */
  async expect(pattern: Pattern, options: ExpectOptions): Promise<ConsoleMatch> {
    return (await this.#awaitMatch([pattern], options)).match;
  }

  /**
   * Like `expect`, for the pattern that matches first in the text; of several at the same place, the first in order.
   * `which` is its index or key.
   */
  expectAny(patterns: readonly Pattern[], options: ExpectOptions): Promise<ConsoleMatch & { which: number }>;
  expectAny<K extends string>(patterns: Readonly<Record<K, Pattern>>, options: ExpectOptions): Promise<ConsoleMatch & { which: K }>;
  async expectAny(
    patterns: readonly Pattern[] | Readonly<Record<string, Pattern>>,
    options: ExpectOptions,
  ): Promise<ConsoleMatch & { which: number | string }> {
    const { match, which } = await this.#awaitMatch(Object.values(patterns), options);
    return { ...match, which: Array.isArray(patterns) ? which : (Object.keys(patterns)[which] as string) };
  }

  /**
   * Sends after all that was sent before; settles when the channel took it (for echo pacing: when the last byte was echoed).
   * @throws BringupError `console-closed`, `aborted`, `disposed`, `expect-timeout` (no echo); the reason of `fate` as it is.
   */
  send(data: string | Uint8Array, { pacing = this.#pacing, signal }: SendOptions = {}): Promise<void> {
    return this.#sender.send(typeof data === 'string' ? Buffer.from(data) : data, pacing, signal);
  }

  /** Sends the text and a line feed, which every tty takes as the end of a line, also with `icrnl` off. */
  sendLine(text: string, options?: SendOptions): Promise<void> {
    return this.send(`${text}\n`, options);
  }

  /**
   * The lines from now on, the unfinished one included, until the console ends. A reader that falls behind by more than
   * 10,000 lines loses the oldest.
   */
  lines({ signal }: { signal?: AbortSignal | undefined } = {}): ConsoleLines {
    const unsubscribe = this.onLine((line) => reader.push(line));
    const onAbort = (): void => reader.finish({ error: abortError(signal as AbortSignal, 'reading lines') });
    const reader = new LineReader(() => {
      unsubscribe();
      signal?.removeEventListener('abort', onAbort);
      this.#readers.delete(reader);
    });
    this.#readers.add(reader);
    if (this.#end !== undefined) reader.finish();
    else if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return reader;
  }

  /** Calls back with each piece of raw bytes; returns how to stop. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    return this.#bytes.add(listener);
  }

  /** Calls back with each piece of cleaned text; returns how to stop. */
  onText(listener: (text: string) => void): () => void {
    return this.#texts.add(listener);
  }

  /** Calls back with each line, beginning with the unfinished one; returns how to stop. */
  onLine(listener: (line: Line) => void): () => void {
    this.#cutter ??= new LineCutter(this.#terminal, this.unfinishedLine);
    const remove = this.#lines.add(listener);
    return () => {
      remove();
      if (this.#lines.size === 0) this.#cutter = undefined;
    };
  }

  /**
   * Attaches a terminal emulator: it draws what comes from now on, and the guest's queries get its answers until it is
   * disposed. Patterns go on seeing the text.
   * @throws BringupError `usage` while another one is attached.
   */
  async screen(size: ScreenSize = { rows: 24, columns: 80 }): Promise<Screen> {
    // Loaded only where it is needed: a run of plain checks never is a terminal.
    const { Screen } = await import('./screen.ts');
    if (this.#screen !== undefined) {
      throw new BringupError('usage', 'the console has a screen already', { hint: 'dispose that one first: a console is one terminal.' });
    }
    this.#screen = new Screen(size, {
      onBytes: (listener) => this.onBytes(listener),
      answer: (text) => this.#answer(text),
      down: this.#down.signal,
      explain: (error, waitedMs) => this.#explained(error, waitedMs),
      onDispose: () => {
        this.#screen = undefined;
      },
    });
    return this.#screen;
  }

  /** Closes the spool file, which has all bytes up to now and gets no more. The console goes on. Never rejects. */
  async endSpool(): Promise<void> {
    await this.#spool?.close();
  }

  /** Closes the channel and the spool file; pending waits reject with `disposed`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish({ reason: 'disposed', error: undefined });
    this.#goDown(
      new BringupError('disposed', 'the console was disposed', { hint: 'wait for pending calls before the machine is disposed.' }),
    );
    this.#fate?.removeEventListener('abort', this.#onFate);
    this.#screen?.[Symbol.dispose]();
    if (!this.#stream.closed) {
      const closed = new Promise((resolve) => this.#stream.once('close', resolve));
      this.#stream.destroy();
      await closed;
    }
    await this.#spool?.close();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#end !== undefined) return;
    const nowMs = performance.now();
    this.bytesReceived += chunk.length;
    this.lastByteAtMs = nowMs;
    this.#spool?.write(chunk);
    if (this.#bytes.size > 0) this.#bytes.emit(chunk);
    for (let at = 0; at < chunk.length; at += blockBytes) {
      const block = chunk.length <= blockBytes ? chunk : chunk.subarray(at, at + blockBytes);
      this.#deliver(this.#terminal.push(block), nowMs);
    }
    for (const query of this.#queries.splice(0)) {
      if (this.answersQueries && this.#screen === undefined) this.#answer(answerTo(query, this.unfinishedLine));
    }
  }

  #answer(text: string): void {
    if (this.#stream.writable && this.#stream.writableLength < maxUnreadAnswerBytes) this.#stream.write(text);
  }

  #deliver(text: string, nowMs: number): void {
    if (text === '') return;
    // What a listener makes of this piece (a crash) goes before what a wait finds in it.
    this.#settledEnd = this.#window.end;
    this.#window.append(text);
    if (this.#texts.size > 0) this.#texts.emit(text);
    if (this.#cutter !== undefined) for (const line of this.#cutter.push(text)) this.#lines.emit(line);
    this.#settledEnd = Number.POSITIVE_INFINITY;
    this.#waits.received(text.length, nowMs);
  }

  readonly #onFate = (): void => {
    this.#waits.scan(Math.min(this.#settledEnd, this.#window.end));
    this.#goDown(this.#fate?.reason);
  };

  #finish(end: ConsoleEnd): void {
    if (this.#end !== undefined) return;
    this.#deliver(this.#terminal.end(), performance.now());
    if (this.#cutter !== undefined) for (const line of this.#cutter.end()) this.#lines.emit(line);
    this.#waits.scan();
    this.#end = end;
    for (const reader of this.#readers) reader.finish();
    this.#resolveEnded(end);
    if (end.reason === 'disposed' || this.#fate?.aborted) return;
    const goDown = (): void => this.#goDown(closedError(end));
    if (this.#fate === undefined) goDown();
    else this.#graceTimer = setTimeout(goDown, fateGraceMs);
  }

  #goDown(reason: unknown): void {
    clearTimeout(this.#graceTimer);
    if (this.#down.signal.aborted) return;
    this.#down.abort(reason);
    this.#waits.rejectAll(reason);
  }

  async #awaitMatch(patterns: readonly Pattern[], options: ExpectOptions): Promise<{ match: ConsoleMatch; which: number }> {
    const compiled = patterns.map(compilePattern);
    return awaitMatch({
      ...options,
      patterns: compiled,
      waits: this.#waits,
      down: this.#down.signal,
      onFound: (found) => ({ match: consoleMatch(found, this.#window, this.#terminal), which: found.which }),
      onTimeout: () => {
        const unexplained = timeoutError(compiled.map(({ label }) => label).join(' or '), options.timeoutMs, this);
        const error = options.onTimeout?.(unexplained) ?? unexplained;
        return options.timeoutMs > 0 ? this.#explained(error, options.timeoutMs) : error;
      },
    });
  }

  /** Why a wait ran out: the machine's end, where that becomes known meanwhile, says more than the time that passed. */
  async #explained(error: BringupError, waitedMs: number): Promise<unknown> {
    const explained = await this.#explain(error, waitedMs).catch(() => error);
    return this.#fate?.aborted ? this.#fate.reason : explained;
  }
}
