import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BringupError } from '../../model/errors.ts';
import { Screen, type ScreenLine } from './screen.ts';

/** The guest's end of a line: what it writes reaches the screen, what the screen answers is kept. */
class GuestLine implements ScreenLine {
  readonly answers: string[] = [];
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  readonly #down = new AbortController();
  disposals = 0;

  get down(): AbortSignal {
    return this.#down.signal;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  answer(text: string): void {
    this.answers.push(text);
  }

  async explain(error: BringupError): Promise<BringupError> {
    return new BringupError(error.code, `${error.shortMessage}; explained`, { cause: error, consoleTail: error.consoleTail ?? '' });
  }

  onDispose(): void {
    this.disposals += 1;
  }

  writes(text: string): void {
    for (const listener of this.#listeners) listener(Buffer.from(text));
  }

  ends(reason: Error): void {
    this.#down.abort(reason);
  }
}

let line: GuestLine;
let screen: Screen;
beforeEach(() => {
  line = new GuestLine();
  screen = new Screen({ rows: 5, columns: 20 }, line);
});
afterEach(() => screen[Symbol.dispose]());

const patience = { timeoutMs: 10_000 };

describe('what is drawn', () => {
  test('stands where the cursor was sent, and what was there before is gone', async () => {
    line.writes('old text\r\n\x1b[2J\x1b[3;5Hmiddle\x1b[1;1Htop');
    expect(await screen.shows(/top/, patience)).toEqual(['top', '', '    middle', '', '']);
    expect(screen.cursor).toEqual({ row: 1, column: 4 });
  });

  test('scrolls: the rows are those that are seen', async () => {
    line.writes(Array.from({ length: 8 }, (_, index) => `line ${index}`).join('\r\n'));
    expect(await screen.shows(/line 7/, patience)).toEqual(['line 3', 'line 4', 'line 5', 'line 6', 'line 7']);
  });

  test('may come in pieces that cut sequences and characters', async () => {
    const bytes = Buffer.from('\x1b[2;2Hgrün\x1b[K');
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    const split = new Screen({ rows: 2, columns: 20 }, { ...withListener(pieces), answer: () => {}, onDispose: () => {} });
    expect(await split.shows(/grün/, patience)).toEqual(['', ' grün']);
    split[Symbol.dispose]();
  });

  test('on the alternate screen hides what was there, until it is left', async () => {
    line.writes('shell\x1b[?1049h\x1b[Heditor');
    expect((await screen.shows(/editor/, patience)).join()).not.toContain('shell');
    line.writes('\x1b[?1049l');
    expect((await screen.shows(/shell/, patience)).join()).not.toContain('editor');
  });
});

describe('queries', () => {
  test('for the cursor and the terminal are answered as a terminal does', async () => {
    line.writes('\x1b[4;7H\x1b[6n\x1b[5n\x1b[cdone');
    await screen.shows(/done/, patience);
    expect(line.answers).toEqual(['\x1b[4;7R', '\x1b[0n', '\x1b[?1;2c']);
  });

  test('for the far corner give the screen’s size', async () => {
    line.writes('\x1b[999;999H\x1b[6n\x1b[Hdone');
    await screen.shows(/done/, patience);
    expect(line.answers).toEqual(['\x1b[5;20R']);
  });
});

describe('shows', () => {
  test('waits until the screen is as wanted, by a pattern over its rows or a condition', async () => {
    const pattern = screen.shows(/^second\nthird$/m, patience);
    const condition = screen.shows((lines) => lines[2] === 'third' && screen.cursor.row === 3, patience);
    let early = false;
    void pattern.then(() => {
      early = true;
    });
    line.writes('first\r\nsecond');
    await screen.shows(/second/, patience);
    expect(early).toBe(false);
    line.writes('\r\nthird');
    expect(await pattern).toEqual(['first', 'second', 'third', '', '']);
    expect(await condition).toEqual(['first', 'second', 'third', '', '']);
  });

  test('sees what is on it already', async () => {
    line.writes('there');
    await screen.shows(/there/, patience);
    expect(await screen.shows(/there/, { timeoutMs: 0 }).then((lines) => lines[0])).toBe('there');
  });

  test('rejects with the screen as it is when the time runs out, explained', async () => {
    line.writes('something else');
    await screen.shows(/else/, patience);
    await expect(screen.shows(/wanted/, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'expect-timeout',
      shortMessage: expect.stringMatching(/did not show \/wanted\/ within 20 ms; explained/),
      consoleTail: 'something else',
    });
  });

  test('rejects when it is aborted', async () => {
    const stop = new AbortController();
    const waiting = screen.shows(/never/, { ...patience, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });

  test('rejects with the reason when the line goes down, and at once when it is down', async () => {
    const reason = new BringupError('guest-exit', 'the guest is gone');
    const waiting = screen.shows(/never/, patience);
    line.ends(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(screen.shows(/never/, patience)).rejects.toBe(reason);
  });

  test('rejects with what a condition throws', async () => {
    const waiting = screen.shows(() => assertNot(line.answers), patience);
    line.writes('x\x1b[6n');
    await expect(waiting).rejects.toThrow('answered');
  });
});

test('disposing gives the answers back and hears nothing more', async () => {
  expect(line.listeners).toBe(1);
  screen[Symbol.dispose]();
  expect(line.listeners).toBe(0);
  expect(line.disposals).toBe(1);
  line.writes('\x1b[6n');
  await sleep(20);
  expect(line.answers).toEqual([]);
});

function withListener(pieces: readonly Uint8Array[]): Pick<ScreenLine, 'onBytes' | 'down' | 'explain'> {
  return {
    onBytes: (listener) => {
      for (const piece of pieces) queueMicrotask(() => listener(piece));
      return () => {};
    },
    down: new AbortController().signal,
    explain: async (error) => error,
  };
}

function assertNot(answers: readonly string[]): boolean {
  if (answers.length > 0) throw new Error('answered');
  return false;
}
