import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, LineSplitter, maxLineLength } from './lines.ts';

function split(...chunks: readonly Uint8Array[]): Line[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

function cut(input: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, k = 0; at < input.length; k += 1) {
    const size = sizes[k % sizes.length] as number;
    chunks.push(input.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('LineSplitter', () => {
  it('gives each line with its number and raw offset', () => {
    const raw = Buffer.from('[    0.000000] Booting\r\n\x1b[32mOK\x1b[0m\r\n\r\nlogin: ');
    const lines = [
      { text: '[    0.000000] Booting', line: 1, byteOffset: 0, terminated: true, continued: false },
      { text: 'OK', line: 2, byteOffset: 24, terminated: true, continued: false },
      { text: '', line: 3, byteOffset: 37, terminated: true, continued: false },
      { text: 'login: ', line: 4, byteOffset: 39, terminated: false, continued: false },
    ];
    expect(split(raw)).toEqual(lines);
    expect(split(...cut(raw, [1]))).toEqual(lines);
  });

  it('cuts a line that is too long, and keeps surrogate pairs together', () => {
    const raw = Buffer.from(`${'a'.repeat(maxLineLength - 1)}🐧${'b'.repeat(maxLineLength)}\nnext\n`);
    const lines = split(raw);
    expect(lines.map(({ text, line, terminated, continued }) => [text.length, line, terminated, continued])).toEqual([
      [maxLineLength - 1, 1, false, false],
      [maxLineLength, 1, false, true],
      [2, 1, true, true],
      [4, 2, true, false],
    ]);
    expect(lines.map(({ byteOffset }) => byteOffset)).toEqual([0, 0, 0, raw.length - 5]);
    expect(split(...cut(raw, [7919]))).toEqual(lines);
  });

  it('a line of exactly the bound is whole', () => {
    const lines = split(Buffer.from(`${'a'.repeat(maxLineLength)}\n`));
    expect(lines.map(({ text, terminated }) => [text.length, terminated])).toEqual([[maxLineLength, true]]);
  });

  it('knows the offsets of more lines in a chunk than the terminal remembers', () => {
    const lines = split(Buffer.from('\n'.repeat(200_000)));
    expect(lines.length).toBe(200_000);
    expect(lines.every(({ byteOffset, line }) => byteOffset === line - 1)).toBe(true);
  });

  it('any chunking gives the same lines', () => {
    const fragment = fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '\x1b[1m', '\x1b]0;x\n', '\x1b', '\xe2\x82'),
      fc.string({ maxLength: 20 }),
    );
    const property = fc.property(fc.array(fragment), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (fragments, sizes) => {
      const raw = Buffer.from(fragments.join(''), 'latin1');
      const lines = split(raw);
      expect(split(...cut(raw, sizes))).toEqual(lines);
      for (const { line, byteOffset } of lines) expect(line === 1 ? byteOffset === 0 : raw[byteOffset - 1] === 0x0a).toBe(true);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
