import type { Random } from '../../src/harness/random.ts';

/** Longest input: what is wrong with a longer one is wrong with a shorter one. */
const maxBytes = 24_576;

/** What parsers act on; damage that random bytes would hardly ever do. */
const tokens = [
  '\n',
  '\r',
  '\r\r\n',
  '\x1b[6n',
  '\x1b]0;',
  '\x1b[38;5;',
  '\x9b',
  '\xe2\x82',
  '\xf0\x9f\x98\x80',
  '\xed\xa0\x80',
  '\0',
  '[    0.000000] ',
  '[99999.999999] ',
  '<0>[   12.345678][  T123] ',
  '** 1234567890 printk messages dropped **\n',
  'METRIC x=1e999',
  '[SUMMARY] a: P50=',
  'ok 1 - \\# # SKIP',
  '[PASS] ',
  'Kernel panic - not syncing: ',
  '------------[ cut here ]------------\n',
  '---[ end trace 0000000000000000 ]---\n',
  '!!!   KERNEL PANIC   !!!',
  'BUG: KASAN: ',
  '/ # ',
  'sis> ',
  '@@br:c0ffee01:1:3:0::',
  '@@',
  '"',
  '{"v":1,',
  '[[[[[[[[',
  '$#00',
].map((text) => Buffer.from(text, 'latin1'));

type Mutation = (bytes: Buffer, random: Random, corpus: readonly Buffer[]) => Buffer;

const replaced = (bytes: Buffer, from: number, to: number, by: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('latin1').split(/(?<=\n)/);
}

const mutations: readonly Mutation[] = [
  function flipBytes(bytes, random) {
    const copy = Buffer.from(bytes);
    for (let left = 1 + random.below(8); left > 0 && copy.length > 0; left -= 1) copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  function flipBit(bytes, random) {
    const copy = Buffer.from(bytes);
    const at = random.below(Math.max(1, copy.length));
    if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << random.below(8));
    return copy;
  },
  function insertToken(bytes, random) {
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, random.pick(tokens));
  },
  function pumpToken(bytes, random) {
    const token = random.pick(tokens);
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, Buffer.concat(Array.from({ length: 1 + random.below(3_000) }, () => token)));
  },
  function splice(bytes, random, corpus) {
    const other = random.pick(corpus);
    const from = random.below(other.length + 1);
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, Math.min(bytes.length, at + random.below(200)), other.subarray(from, from + random.below(4_000)));
  },
  function cutOut(bytes, random) {
    const from = random.below(bytes.length + 1);
    return replaced(bytes, from, Math.min(bytes.length, from + random.below(2_000)), Buffer.alloc(0));
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function shuffleLines(bytes, random) {
    const lines = linesOf(bytes);
    for (let left = 1 + random.below(20); left > 0; left -= 1) {
      const [a, b] = [random.below(lines.length), random.below(lines.length)];
      [lines[a], lines[b]] = [lines[b] as string, lines[a] as string];
    }
    return Buffer.from(lines.join(''), 'latin1');
  },
  function repeatLine(bytes, random) {
    const lines = linesOf(bytes);
    const at = random.below(lines.length);
    lines.splice(at, 0, ...Array.from({ length: 1 + random.below(300) }, () => lines[at] as string));
    return Buffer.from(lines.join(''), 'latin1');
  },
  function dropLineEnds(bytes, random) {
    const share = 1 + random.below(4);
    return Buffer.from(
      linesOf(bytes)
        .map((line) => (random.below(share) === 0 ? line.replace(/\r*\n$/, '') : line))
        .join(''),
      'latin1',
    );
  },
];

/** Part of one of the corpus's files, damaged up to six times. */
export function damaged(corpus: readonly Buffer[], random: Random): Buffer {
  const whole = random.pick(corpus);
  const from = random.below(2) === 0 ? 0 : random.below(whole.length + 1);
  let bytes = whole.subarray(from, from + 1 + random.below(maxBytes));
  for (let left = random.below(7); left > 0; left -= 1) bytes = random.pick(mutations)(bytes, random, corpus).subarray(0, maxBytes);
  return bytes;
}
