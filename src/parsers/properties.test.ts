import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConsoleParser } from './console-parser.ts';
import { stripPrintk } from './printk-joiner.ts';
import { chunksOf, linesWithEvents, replay } from './testing/replay.ts';

/** What parsers act on, cut anywhere. */
const words = fc.constantFrom(
  '\n',
  '\r\n',
  '\r',
  ' ',
  '[   12.345678] ',
  '[    0.000000] ',
  '<4>[   13.000000][    T1] ',
  'sis> ',
  '/ # ',
  'KERNEL(U)',
  'MMU ON',
  'METRIC a=1',
  'METRIC b=1.5e3 ',
  '[PASS] x',
  '  [FAIL] y (z)',
  'ok 1 - a',
  'not ok 2 # TODO',
  'Test Summary:',
  'Total: 3',
  '[SUMMARY] a: P50=1 ns',
  '[Warn] net: x',
  '[LLM][DET] x',
  'Kernel panic - not syncing: x',
  'BUG: y',
  'Internal error: Oops: 96000004 [#1] SMP',
  '---[ end trace 0 ]---',
  'PANIC',
  '!!!   KERNEL PANIC   !!!',
  'System halted.',
  '\x1b[31m',
  '\x1b',
  '\xff',
  '\xe2\x82\xac',
  '\xf0\x9f',
  '\0',
);
const input = fc
  .array(fc.oneof(words, fc.string({ maxLength: 12 })), { maxLength: 40 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));
const sizes = fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 5 });

test('chunking never changes the events', () => {
  const property = fc.property(input, sizes, (bytes, cut) => {
    expect(replay(new ConsoleParser(), chunksOf(bytes, cut))).toEqual(replay(new ConsoleParser(), [bytes]));
  });
  fc.assert(property, { numRuns: 2000 });
});

test('random bytes never make it throw, and no line is lost', () => {
  const property = fc.property(fc.oneof(input, fc.uint8Array({ maxLength: 400 })), (bytes) => {
    const seen = new Set(replay(new ConsoleParser(), [bytes]).map(({ line }) => line));
    for (const line of linesWithEvents(bytes)) expect(seen.has(line), `line ${line}`).toBe(true);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('kernel messages put between any two characters of a text are taken out again', () => {
  const plain = fc.stringMatching(/^[a-z \n]{0,60}$/);
  const property = fc.property(plain, fc.array(fc.nat(60), { maxLength: 4 }), (text, places) => {
    let mixed = text;
    const cuts = [...new Set(places.map((place) => Math.min(place, text.length)))].sort((a, b) => b - a);
    for (const at of cuts) mixed = `${mixed.slice(0, at)}[   12.345678] eth0: link up\n${mixed.slice(at)}`;
    expect(stripPrintk(mixed)).toEqual({ text, removed: cuts.map(() => '[   12.345678] eth0: link up') });
  });
  fc.assert(property, { numRuns: 1000 });
});
