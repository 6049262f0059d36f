import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TerminalQuery } from './terminal-query.ts';
import { maxSequenceBytes, TerminalText } from './terminal-text.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function clean(...chunks: readonly (string | Uint8Array)[]): string {
  const terminal = new TerminalText();
  const texts = chunks.map((chunk) => terminal.push(typeof chunk === 'string' ? bytesOf(chunk) : chunk));
  return texts.join('') + terminal.end();
}

/** The text of every way to cut the input in two, and of single bytes. */
function everyCut(input: Uint8Array): Set<string> {
  const results = new Set([clean(input), clean(...Array.from(input, (byte) => Uint8Array.of(byte)))]);
  for (let at = 1; at < input.length; at += 1) results.add(clean(input.subarray(0, at), input.subarray(at)));
  return results;
}

describe('TerminalText', () => {
  it.each<[what: string, raw: string, text: string]>([
    ['plain text', 'Linux version 6.1\n', 'Linux version 6.1\n'],
    ['CSI with parameters', '\x1b[1;31mred\x1b[0m', 'red'],
    ['CSI with intermediates', '\x1b[4 qcursor', 'cursor'],
    ['CSI with a private prefix', '\x1b[?25lhidden\x1b[?25h', 'hidden'],
    ['the query that BusyBox prints after its prompt', '/ # \x1b[6n', '/ # '],
    ['OSC ended by BEL', '\x1b]0;title\x07text', 'text'],
    ['OSC ended by ST', '\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', 'link'],
    ['OSC with UTF-8', '\x1b]0;\xc3\xa4\x07text', 'text'],
    ["the Linux console's palette", '\x1b]P1ff8800a\x1b]Rb', 'ab'],
    ['DCS', '\x1bP1$r0m\x1b\\text', 'text'],
    ['a BEL inside DCS', '\x1bPab\x07cd\x1b\\text', 'text'],
    ['APC, PM, SOS', '\x1b_a\x1b\\1\x1b^b\x1b\\2\x1bXc\x1b\\3', '123'],
    ['SS2, SS3', '\x1bNa1\x1bOA2', '12'],
    ['two-byte escapes', '\x1b7a\x1b8b\x1bcc\x1b=d', 'abcd'],
    ['escapes with intermediates', '\x1b(Ba\x1b#8b\x1b%Gc', 'abc'],
    ['controls inside CSI', '\x1b[1\x00;3\x071mred', 'red'],
    ['CAN and SUB cancel', '\x1b[1;\x18a\x1b]0;t\x1ab', 'ab'],
    ['ESC ESC', '\x1b\x1b[0mtext', 'text'],
    ['a line feed ends CSI', '\x1b[1;3\nBUG: oops\n', '[1;3\nBUG: oops\n'],
    ['a line feed ends OSC', '\x1b]0;lost?\nBUG: oops\n', ']0;lost?\nBUG: oops\n'],
    ['a line feed ends an escape', 'a\x1b\nb\x1b(\nc', 'a\nb(\nc'],
    ['a string that another sequence ends', '\x1b]0;lost?\x1b[31mred', ']0;lost?red'],
    ['a sequence at the end', 'text\x1b[1;', 'text[1;'],
    ['CR LF', 'a\r\nb\r\r\nc\r\r\r\n', 'a\nb\nc\n'],
    ['CR ESC[0m LF', 'a\r\x1b[0m\nb', 'a\nb'],
    ['a lone CR', '10%\r20%\r\r30%', '10%\r20%\r30%'],
    ['a CR before a tab, and at the end', 'a\r\tb\r', 'a\r\tb\r'],
    ['other controls', 'a\0\x07\x08\x0b\x0c\x0e\x7f\tb', 'a\tb'],
    ['UTF-8', '\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7', 'ä€🐧'],
    ['a byte order mark', '\xef\xbb\xbfa\xef\xbb\xbf', '\ufeffa\ufeff'],
    ['bad UTF-8', 'a\xff\xc3(\xe0\x80b\xf0\x9f\x90', 'a\ufffd\ufffd(\ufffd\ufffdb\ufffd'],
    ['UTF-8 cut by a sequence or control', '\xe2\x82\x1b[0m\xac|\xe2\0\x82\xac', '\ufffd\ufffd|\ufffd\ufffd\ufffd'],
    ['bytes that are 8-bit controls elsewhere', '\xc2\x9b31m', '\u009b31m'],
    ['a high byte inside CSI', '\x1b[3\xc3\xa4', '[3ä'],
  ])('%s, however it is cut', (_what, raw, text) => {
    expect([...everyCut(bytesOf(raw))]).toEqual([text]);
  });

  it('gives back a sequence that is too long', () => {
    const long = `]0;${'x'.repeat(maxSequenceBytes + 100)}`;
    expect(clean(`a\x1b${long}\x07b`)).toBe(`a${long}b`);
    const fits = `]0;${'x'.repeat(maxSequenceBytes - 3)}`;
    expect(clean(`a\x1b${fits}\x07b`)).toBe('ab');
  });

  it('any chunking gives the same text, and every line feed is kept', () => {
    const fragment = fc.oneof(
      fc.constantFrom('\x1b', '\x1b[', '\x1b]', '\x1bP', '\x1b\\', '\r', '\n', '\r\n', '\x07', ';1m', '\0', '\x18', 'P', 'R', '\t', '\x7f'),
      fc.constantFrom('\xe2', '\xe2\x82', '\xac', '\xf0\x9f\x90\xa7', '\xff', '\xc0', '\xed\xa0\x80'),
      fc.string({ minLength: 1, maxLength: 12 }),
    );
    const property = fc.property(fc.array(fragment, { maxLength: 40 }), fc.array(fc.nat(9), { minLength: 1 }), (fragments, sizes) => {
      const raw = bytesOf(fragments.join(''));
      const chunks: Uint8Array[] = [];
      for (let at = 0, k = 0; at < raw.length; k += 1) {
        const size = 1 + (sizes[k % sizes.length] as number);
        chunks.push(raw.subarray(at, at + size));
        at += size;
      }
      const text = clean(raw);
      expect(clean(...chunks)).toBe(text);
      expect(text.split('\n').length).toBe(Buffer.from(raw).toString('latin1').split('\n').length);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left.
      expect(text).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('plain ASCII of any length and alignment is kept', () => {
    const terminal = new TerminalText();
    const text = Array.from({ length: 300 }, (_, index) => String.fromCharCode(0x20 + (index % 95))).join('');
    for (let from = 0; from < 20; from += 1) {
      for (let to = from; to < 60; to += 1) expect(terminal.push(bytesOf(text).subarray(from, to))).toBe(text.slice(from, to));
    }
    const big = text.repeat(1000);
    expect(terminal.push(bytesOf(big))).toBe(big);
  });

  it('reports queries', () => {
    const queries: TerminalQuery[] = [];
    const terminal = new TerminalText({ onQuery: (query) => queries.push(query) });
    for (const byte of bytesOf('\x1b[6n\x1b[5n\x1b[c\x1b[0c\x1b[>c\x1b[999;999H\x1b[6n\x1b[H\x1b[6n\n\x1b[6n\x1b[31n\x1b[7c')) {
      terminal.push(Uint8Array.of(byte));
    }
    expect(queries).toEqual([
      { kind: 'cursor-position', cursor: undefined },
      { kind: 'status' },
      { kind: 'primary-attributes' },
      { kind: 'primary-attributes' },
      { kind: 'secondary-attributes' },
      { kind: 'cursor-position', cursor: { row: 999, column: 999 } },
      { kind: 'cursor-position', cursor: { row: 1, column: 1 } },
      { kind: 'cursor-position', cursor: undefined },
    ]);
  });

  it('knows where recent lines began in the raw bytes', () => {
    const terminal = new TerminalText();
    const raw = 'one\r\n\x1b[31mtwo\x1b[0m\r\nthree';
    for (const byte of bytesOf(raw)) terminal.push(Uint8Array.of(byte));
    expect([1, 2, 3].map((line) => terminal.lineStart(line))).toEqual([0, 5, 19]);
    expect(terminal.lineFeeds).toBe(2);
    expect(terminal.bytes).toBe(raw.length);
    for (let k = 0; k < 70_000; k += 1) terminal.push(bytesOf('\n'));
    expect(terminal.lineStart(70_003)).toBe(raw.length + 70_000);
    expect(terminal.lineStart(1)).toBe(terminal.lineStart(70_002 - 65_535 + 1));
  });
});
