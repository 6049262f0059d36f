import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Line } from '../../parsers/lines.ts';
import { Console } from './console.ts';
import { replayLog } from './replay.ts';
import { Spool } from './spool.ts';
import { delivered, openConsole, rejection, soon } from './testing/fake-guest.ts';

describe('lines and listeners', () => {
  it('gives several readers the lines from their call on', async () => {
    const { guest, console } = openConsole();
    guest.print('zero\nwhole ');
    await delivered();
    const early = console.lines();
    guest.print('line\n');
    await delivered();
    const late = console.lines();
    guest.print('last');
    guest.push(null);
    const texts = async (lines: AsyncIterable<Line>): Promise<unknown[]> => {
      const all: unknown[] = [];
      for await (const { text, line, byteOffset, terminated } of lines) all.push([text, line, byteOffset, terminated]);
      return all;
    };
    expect(await texts(early)).toEqual([
      ['whole line', 2, 5, true],
      ['last', 3, 16, false],
    ]);
    expect(await texts(late)).toEqual([['last', 3, 16, false]]);
  });

  it('drops the oldest lines of a reader that is too slow, and says how many', async () => {
    const { guest, console } = openConsole();
    const lines = console.lines();
    guest.print(Array.from({ length: 12_345 }, (_, k) => `${k}\n`).join(''));
    await delivered();
    expect(lines.dropped).toBe(2_345);
    expect((await lines.next()).value?.text).toBe('2345');
  });

  it('stops a reader by its signal, or when its loop is left', async () => {
    const { guest, console } = openConsole();
    const controller = new AbortController();
    const stopped = console.lines({ signal: controller.signal });
    const next = stopped.next();
    guest.print('a\nb\n');
    for await (const { text } of console.lines()) if (text === 'a') break;
    expect((await next).value?.text).toBe('a');
    controller.abort();
    expect((await stopped.next()).value?.text).toBe('b');
    expect((await rejection(stopped.next())).code).toBe('aborted');
  });

  it('calls listeners in order until they stop, and survives one that throws', async () => {
    const { guest, console } = openConsole();
    const seen: string[] = [];
    const uncaught = new Promise<unknown>((resolve) => {
      const others = process.rawListeners('uncaughtException') as ((error: Error) => void)[];
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const other of others) process.on('uncaughtException', other);
        resolve(error);
      });
    });
    console.onBytes((bytes) => seen.push(`bytes ${bytes.length}`));
    const stop = console.onText((text) => seen.push(`text ${text}`));
    console.onText(() => {
      throw new Error('a bug');
    });
    console.onLine(({ text }) => seen.push(`line ${text}`));
    guest.print('one\r\n');
    expect(await uncaught).toEqual(new Error('a bug'));
    expect(seen).toEqual(['bytes 5', 'text one\n', 'line one']);
    stop();
  });

  it('keeps counts and the last lines', async () => {
    const { guest, console } = openConsole();
    expect([console.tail(), console.unfinishedLine, console.lastByteAtMs]).toEqual(['', '', undefined]);
    guest.print(Array.from({ length: 30 }, (_, k) => `line ${k}\r\n`).join(''));
    await delivered();
    expect(console.tail(2)).toBe('line 28\nline 29');
    guest.print('$ ');
    await delivered();
    expect(console.tail(2)).toBe('line 29\n$ ');
    expect(console.tail().split('\n').length).toBe(20);
    expect([console.unfinishedLine, console.linesReceived, console.bytesReceived]).toEqual(['$ ', 30, 262]);
    expect(console.lastByteAtMs).toBeLessThanOrEqual(performance.now());
  });
});

describe('the spool', () => {
  it('gets every byte as it came', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bringup-console-'));
    try {
      const spoolPath = join(folder, 'console.log');
      const raw = Buffer.from(Array.from({ length: 200_000 }, (_, k) => (k * 31) & 0xff));
      const console = new Console(replayLog(raw, { chunkBytes: 777 }), { spoolPath });
      await console.ended;
      await console[Symbol.asyncDispose]();
      expect(raw.equals(await readFile(spoolPath))).toBe(true);
      expect(console.spoolError).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('may fail without harm', async () => {
    for (const spoolPath of ['/dev/full', '/no/such/folder/console.log']) {
      const { guest, console } = openConsole({ spoolPath });
      guest.print('hello');
      expect((await console.expect('hello', soon)).text).toBe('hello');
      await console[Symbol.asyncDispose]();
      expect(console.spoolError).toBeInstanceOf(Error);
    }
  });

  it('keeps the order when the disk is slower than the guest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bringup-console-'));
    try {
      const spoolPath = join(folder, 'console.log');
      const spool = new Spool(spoolPath);
      const raw = Buffer.alloc(20 << 20);
      for (let at = 0; at < raw.length; at += 4) raw.writeUInt32LE(at, at);
      // All in one turn: no write of the background can end meanwhile, so that the bound is passed.
      for (let at = 0; at < raw.length; at += 65_536) spool.write(raw.subarray(at, at + 65_536));
      await Promise.all([spool.close(), spool.close()]);
      expect(spool.error).toBeUndefined();
      expect(raw.equals(await readFile(spoolPath))).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
