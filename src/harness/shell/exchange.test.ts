import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from '../../parsers/lines.ts';
import { Exchange, maxOutputChars } from './exchange.ts';
import { frameCheck, kinds } from './frames.ts';

const nonce = 'c0ffee01';

function frame(kind: number, number = 0, text = ''): string {
  return `\r\n@@br:${nonce}:1:${kind}:${number}:${text}:${frameCheck(1, kind, number, text.length)}@@\r\n`;
}

function exchangeOf(...pieces: readonly (string | Uint8Array)[]): Exchange {
  const exchange = new Exchange(nonce, 1);
  const splitter = new LineSplitter();
  for (const piece of pieces) for (const line of splitter.push(Buffer.from(piece))) exchange.push(line);
  return exchange;
}

const begin = frame(kinds.begin);
const end = frame(kinds.end, 3);

test.each([
  ['a line', 'hi\r\n', 'hi'],
  ['no line end', 'hi', 'hi'],
  ['an empty line at the end', 'hi\r\n\r\n', 'hi\n'],
  ['nothing', '', ''],
  ['a prompt', '/ # \r\n', '/ # '],
  ['another session’s frame', '@@br:c0ffee02:1:3:9::9@@\r\n', '@@br:c0ffee02:1:3:9::9@@'],
])('takes %s between begin and end', (_, printed, output) => {
  const exchange = exchangeOf(`/ # typed${begin}${begin}${printed}${end}${end}/ # `);
  expect(exchange).toMatchObject({ begun: true, exitStatus: 3, output });
});

test('drops a frame that came damaged from the output, where its twin came whole', () => {
  const damaged = (text: string): string => text.replace(':1:', ':7:');
  expect(exchangeOf(begin, damaged(begin), 'hi\r\n', end, end).output).toBe('hi');
  expect(exchangeOf(damaged(begin), begin, 'hi', damaged(end), end)).toMatchObject({ output: 'hi', exitStatus: 3 });
});

test('reads the same from any pieces, with kernel messages and bytes of others between its writes', () => {
  // A message lands between two writes, or within one where the terminal's buffer was full; it always ends its line.
  const output = ['first line', 'a b c', '', 'last'].join('\r\n');
  const printed = `${begin}${begin}${output}${end}${frame(kinds.data, 1, 'aGkK')}${frame(kinds.sent, 1, 'ab')}`;
  const message = fc.record({
    at: fc.nat(printed.length),
    seconds: fc.integer({ min: 1, max: 99_999 }),
    text: fc.stringMatching(/^[a-z :]{0,30}$/),
  });
  const cuts = fc.array(fc.nat(2_000), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), cuts, (messages, at) => {
      let text = printed;
      // Not between CR and LF: there the terminal's line end is one write.
      for (const { at: position, seconds, text: said } of messages.sort((a, b) => b.at - a.at)) {
        const place = printed[position - 1] === '\r' ? position - 1 : position;
        text = `${text.slice(0, place)}[${String(seconds).padStart(5)}.000001] ${said}\r\n${text.slice(place)}`;
      }
      const bytes = Buffer.from(text);
      const ends = [...at.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
      const exchange = exchangeOf(...ends.map((cut, index) => bytes.subarray(ends[index - 1] ?? 0, cut)));
      expect(exchange).toMatchObject({ begun: true, exitStatus: 3, output: 'first line\na b c\n\nlast', sent: { count: 1, sha256: 'ab' } });
      expect(exchange.captured.bytes(1).toString()).toBe('hi\n');
    }),
    { numRuns: 500 },
  );
});

test('keeps the newest kernel messages of a storm only', () => {
  const exchange = exchangeOf(begin, ...Array.from({ length: 5_000 }, (_, index) => `[    1.000000] message ${index}\r\n`), end);
  expect(exchange.kernelLog.length).toBeLessThan(2_001);
  expect(exchange.kernelLog.at(-1)).toContain('message 4999');
});

test('keeps output up to a bound, and says where it is more', () => {
  const line = `${'x'.repeat(1023)}\r\n`;
  const pushed = (lines: number): Exchange => exchangeOf(begin, ...Array.from({ length: lines / 1_024 }, () => line.repeat(1_024)), end);
  expect(pushed(15 * 1_024)).toMatchObject({ isTooLong: false, exitStatus: 3 });
  const tooLong = pushed(17 * 1_024);
  expect(tooLong.isTooLong).toBe(true);
  expect(tooLong.output.length).toBeLessThanOrEqual(maxOutputChars);
});
