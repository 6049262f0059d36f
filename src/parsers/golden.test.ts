import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConsoleParser } from './console-parser.ts';
import { chunksOf, linesWithEvents, replay } from './testing/replay.ts';

const folder = new URL('testdata/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.log'))
  .map((file) => file.slice(0, -4));

test('there are logs', () => expect(names.length).toBeGreaterThanOrEqual(9));

describe.each(names)('%s', (name) => {
  const bytes = readFileSync(new URL(`${name}.log`, folder));
  const whole = replay(new ConsoleParser(), [bytes]);

  test('gives the recorded events', async () => {
    const text = whole.map((event) => `${JSON.stringify(event)}\n`).join('');
    await expect(text).toMatchFileSnapshot(`testdata/${name}.events.jsonl`);
  });

  test('gives the same by line and by byte', () => {
    const byLine = bytes.toString('latin1').split(/(?<=\n)/);
    const lines = byLine.map((line) => Buffer.from(line, 'latin1'));
    expect(replay(new ConsoleParser(), lines)).toEqual(whole);
    expect(replay(new ConsoleParser(), chunksOf(bytes, [1]))).toEqual(whole);
  });

  test('no line is lost, and every event is placed at its line’s start', () => {
    expect(new Set(whole.map(({ line }) => line))).toEqual(linesWithEvents(bytes));
    const isStart = (at: number) => at === 0 || bytes[at - 1] === 0x0a;
    for (const { line, byteOffset } of whole) {
      expect(isStart(byteOffset)).toBe(true);
      expect(bytes.subarray(0, byteOffset).filter((byte) => byte === 0x0a).length).toBe(line - 1);
    }
  });
});
