import xterm from '@xterm/headless';
import { BringupError } from '../../model/errors.ts';
import { bounded, type WaitOptions } from '../wait.ts';

export interface ScreenSize {
  rows: number;
  columns: number;
}

/** The console that a screen hangs on. */
export interface ScreenLine {
  /** Calls back with each piece of raw bytes; returns how to stop. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
  /** Sends what the terminal answers to the guest's queries. */
  answer(text: string): void;
  /** Aborted when waiting has become senseless, with the reason to reject with. */
  readonly down: AbortSignal;
  explain(error: BringupError, waitedMs: number): Promise<unknown>;
  onDispose(): void;
}

/**
 * A terminal emulator (xterm.js) that reads a console from now on and answers the guest's queries: what a full-screen
 * program draws can be read off it.
 */
export class Screen implements Disposable {
  readonly #terminal: xterm.Terminal;
  readonly #line: ScreenLine;
  readonly #unsubscribe: () => void;
  readonly #watchers = new Set<() => void>();

  constructor({ rows, columns }: ScreenSize, line: ScreenLine) {
    this.#line = line;
    this.#terminal = new xterm.Terminal({ rows, cols: columns, allowProposedApi: true });
    this.#terminal.onData((text) => line.answer(text));
    this.#unsubscribe = line.onBytes((bytes) => this.#terminal.write(bytes, () => this.#drawn()));
  }

  /** The screen's rows from the top, trailing blanks left out. */
  get lines(): readonly string[] {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString()
          .trimEnd() ?? '',
    );
  }

  /** Where the cursor is, counted from 1. */
  get cursor(): { row: number; column: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { row: cursorY + 1, column: cursorX + 1 };
  }

  /**
   * Waits until the screen shows what is looked for: a pattern over its rows joined by line feeds, or a condition.
   * @throws BringupError `expect-timeout` with the screen as it then is, `aborted`, or the machine's end.
   */
  async shows(wanted: RegExp | ((lines: readonly string[]) => boolean), options: WaitOptions): Promise<readonly string[]> {
    const holds = typeof wanted === 'function' ? wanted : (lines: readonly string[]) => lines.join('\n').search(wanted) >= 0;
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const look = (): void => {
      if (holds(this.lines)) resolve(this.lines);
    };
    const { down } = this.#line;
    const onDown = (): void => reject(down.reason);
    look();
    this.#watchers.add(look);
    if (down.aborted) onDown();
    else down.addEventListener('abort', onDown, { once: true });
    let ranOut: BringupError | undefined;
    try {
      return await bounded(promise, 'waiting for the screen', options, () => {
        const what = typeof wanted === 'function' ? 'what was looked for' : String(wanted);
        ranOut = new BringupError('expect-timeout', `the screen did not show ${what} within ${options.timeoutMs} ms`, {
          hint: 'the screen as it was stands below.',
          consoleTail: this.lines.join('\n').trimEnd(),
        });
        return ranOut;
      });
    } catch (error) {
      throw error === ranOut && ranOut !== undefined ? await this.#line.explain(ranOut, options.timeoutMs) : error;
    } finally {
      this.#watchers.delete(look);
      down.removeEventListener('abort', onDown);
    }
  }

  /** The console answers queries itself again. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#line.onDispose();
    this.#terminal.dispose();
  }

  #drawn(): void {
    for (const look of [...this.#watchers]) look();
  }
}
