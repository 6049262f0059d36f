import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Console } from './console.ts';
import { replayLog } from './replay.ts';
import { delivered, now, openConsole, rejection, soon } from './testing/fake-guest.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Bytes of the heap that are really held. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe('the window', () => {
  it('forgets text before it', async () => {
    const { guest, console } = openConsole({ windowCharacters: 1000 });
    guest.print('early');
    for (let k = 0; k < 40; k += 1) guest.print(`${'-'.repeat(99)}\n`);
    await delivered();
    expect((await rejection(console.expect('early', now))).code).toBe('expect-timeout');
    guest.print('late');
    const { before, line, byteOffset } = await console.expect('late', soon);
    expect(before.length).toBeLessThan(1000);
    expect([line, byteOffset]).toEqual([41, 4005]);
  });

  it('finds a match as long as the window, in pieces of any size', async () => {
    for (const size of [1, 7, 64, 999, 1000]) {
      const { guest, console } = openConsole({ windowCharacters: 1000 });
      const found = console.expect(/<[^>]{998}>/, soon);
      const raw = Buffer.from(`${'.'.repeat(5000)}<${'x'.repeat(998)}>${'.'.repeat(50)}`);
      for (let at = 0; at < raw.length; at += size) guest.print(raw.subarray(at, at + size));
      expect((await found).index).toBe(5000);
    }
  });

  it('is scanned at a cost linear in what comes, however it is cut', async () => {
    // No time passes: only what the characters themselves pay for is scanned.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const total = 1 << 20;
    for (const size of [1, 10, 1000, 65_536]) {
      const { guest, console } = openConsole();
      const found = console.expect(/never\s|end$/, soon);
      const piece = Buffer.alloc(size, '.');
      for (let sent = 0; sent < total; sent += size) guest.print(piece);
      await delivered();
      expect(console.scannedCharacters).toBeLessThan(2.2 * total + 17 * 65_536);
      guest.print('end');
      await delivered();
      await vi.advanceTimersByTimeAsync(10);
      expect((await found).byteOffset).toBe(0);
    }
  });

  it('takes 100 MB of noise in a bounded heap, and finds the prompt at its end', async () => {
    const noise = Buffer.alloc(1 << 20);
    for (let at = 0; at < noise.length; at += 1) noise[at] = (at * 2_654_435_761) >>> 11;
    function* log(): Generator<Uint8Array> {
      for (let k = 0; k < 100; k += 1) yield noise;
      yield Buffer.from('\x18\n/ # ');
    }
    await using console = new Console(replayLog(log()), { answerQueries: false });
    const before = heapInUse();
    let most = 0;
    console.onBytes(() => {
      if (console.bytesReceived % (10 * noise.length) === 0) most = Math.max(most, heapInUse() - before);
    });
    const found = await console.expect(/^\/ # $/m, { timeoutMs: 60_000 });
    expect(console.bytesReceived).toBe(100 * noise.length + 6);
    expect(found.byteOffset).toBe(100 * noise.length + 2);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(8 << 20);
  });

  it('gives pending waits the same match however the text is cut', async () => {
    // None of them depends on where the text ends so far, as $ and (?!) do.
    const patterns = [/ab/, /^ab/m, /a\nb/, /b\sa/, /[^a]b/, /a.b/s, /a.b/, /\bb/, /(?<=\n)ab/, /a{2}(?=b)/, /[\t-a]b/, /a\Wb/, 'ba'];
    const text = fc.array(fc.constantFrom('a', 'b', '\n', ' ', 'ab', 'aaaa\n', '....................'), { maxLength: 60 });
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(text, cuts, fc.constantFrom(...patterns), async (parts, sizes, pattern) => {
      const whole = `${parts.join('')}|`;
      const { guest, console } = openConsole({ windowCharacters: 30 });
      const found = console.expect(pattern, soon).then(
        ({ index }) => index,
        () => -1,
      );
      for (let at = 0, k = 0; at < whole.length; k += 1) {
        const size = sizes[k % sizes.length] as number;
        guest.print(whole.slice(at, at + size));
        at += size;
      }
      guest.push(null);
      const expected = typeof pattern === 'string' ? whole.indexOf(pattern) : (pattern.exec(whole)?.index ?? -1);
      expect(await found).toBe(expected);
    });
    await fc.assert(property, { numRuns: 1500 });
  });

  it('keeps what stands before the window in mind', async () => {
    const { guest, console } = openConsole({ windowCharacters: 100 });
    const waiting = rejection(console.expect(/^x+end/m, soon));
    for (let k = 0; k < 35; k += 1) guest.print('xxxxxxxxxx');
    guest.print('end');
    guest.push(null);
    expect((await waiting).code).toBe('console-closed');
  });

  it('is searched to its end before a wait is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fate = new AbortController();
    const { guest, console } = openConsole({ fate: fate.signal });
    const pattern = /found\s/;
    const byFate = console.expect(pattern, soon);
    const byTime = console.expect(pattern, { timeoutMs: 1 });
    for (let k = 0; k < 200_000; k += 1) guest.print('.');
    await delivered();
    const scanned = console.scannedCharacters;
    guest.print('found ');
    await delivered();
    expect(console.scannedCharacters).toBe(scanned);
    await vi.advanceTimersByTimeAsync(1);
    expect((await byTime).text).toBe('found ');
    expect((await byFate).text).toBe('found ');

    const next = console.expect(pattern, soon);
    for (let k = 0; k < 200_000; k += 1) guest.print('.');
    guest.print('found ');
    await delivered();
    fate.abort(new Error('over'));
    expect((await next).text).toBe('found ');
  });
});
