import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeConsole, encodeConsole } from './console-record.ts';
import { consoleText, renderConsole } from './console-text.ts';

const shown = (text: string) => consoleText(Buffer.from(text));

test.each([
  ['CR LF, and more than one CR', 'a\r\nb\r\r\nc\n', 'a\nb\nc\n'],
  ['a lone CR keeps what it would overwrite', '10%\r20%\r\n', '10%\n20%\n'],
  ['a CR at the line’s start is nothing', '\r~ # ls', '~ # ls'],
  ['sequences end where they end', 'a\x1b[2Jb\x1b[?25lc\x1b(Bd\x1b7e\x1b]0;title\x07f\x1b]8;;x\x1b\\g\x1bPq#0\x1b\\h', 'abcdefgh'],
  ['a sequence that never ends is closed by the line', '\x1b]0;evil\nnext\x1b[31\nlast', '\nnext\nlast'],
  ['control characters are made visible', 'a\0b\x08c\x7fd\x0ce', 'a␀b␈c␡d␌e'],
  ['bells are silent', 'a\x07b', 'ab'],
  ['C1 controls and marks that reorder text are replaced', 'a\u009bb\u202ec\u2028d', 'a\ufffdb\ufffdc\ufffdd'],
  ['tabs and UTF-8 stay', 'é\t😀', 'é\t😀'],
])('%s', (_, raw, text) => {
  expect(shown(raw)).toBe(text);
});

test('invalid UTF-8 is replaced, what follows is not lost', () => {
  expect(consoleText(Buffer.from([0x61, 0xff, 0xc3, 0x62, 0xe2, 0x82]))).toBe('a\ufffd\ufffdb\ufffd');
});

test('colours and attributes come as runs over the text', () => {
  const { text, styles } = renderConsole(
    Buffer.from('a\x1b[1;31mb\x1b[22mc\x1b[0md\x1b[97;44me\x1b[mf\x1b[38;5;9mg\x1b[38;2;1;2;3mh\x1b[4;3mi\x1b[24mj\x1b[23mk'),
  );
  expect(text).toBe('abcdefghijk');
  expect(styles).toEqual([
    [1, 2, 'bold f1'],
    [2, 3, 'f1'],
    [4, 5, 'f15 b4'],
    [6, 7, 'f9'],
    [8, 9, 'italic underline'],
    [9, 10, 'italic'],
  ]);
});

test('byte offsets are found again, also inside sequences and characters', () => {
  const bytes = Buffer.from('é\r\n\x1b[31mred\x1b[0m\r\nend');
  const marks = [0, 1, 2, 4, 6, 9, 12, 18, bytes.length, bytes.length + 5];
  const { text, offsets } = renderConsole(bytes, marks);
  expect(text).toBe('é\nred\nend');
  expect(offsets).toEqual([0, 1, 1, 2, 2, 2, 5, 6, 9, 9]);
});

test('any bytes: no control character gets through, styles and offsets are in order', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200), { maxLength: 5 }), (bytes, marks) => {
      const sorted = marks.toSorted((a, b) => a - b);
      const { text, styles, offsets } = renderConsole(bytes, sorted);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/);
      expect(text.isWellFormed()).toBe(true);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(offsets).toHaveLength(sorted.length);
      let end = 0;
      for (const [from, to] of styles) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(to).toBeGreaterThan(from);
        end = to;
      }
      expect(end).toBeLessThanOrEqual(text.length);
      expect(renderConsole(bytes).text).toBe(text);
    }),
  );
});

test('what is shown once is not changed by being shown again', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => shown(consoleText(bytes)) === consoleText(bytes)));
});

test('colour changes without end are bounded', () => {
  expect(renderConsole(Buffer.from('\x1b[31mx\x1b[0my'.repeat(50_000))).styles.length).toBe(20_000);
});

test('a console is recorded whole below the limit, byte by byte', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const { head, tail, omittedBytes } = decodeConsole(encodeConsole(bytes));
      return Buffer.from(head).equals(bytes) && tail.length === 0 && omittedBytes === 0;
    }),
  );
});

test('above the limit head and tail are kept, no character cut, nothing lost from the count', () => {
  for (let shift = 0; shift < 4; shift++) {
    const bytes = Buffer.from(`${'x'.repeat(shift)}${'😀'.repeat(1000)}`);
    const fields = encodeConsole(bytes, 400);
    expect(fields).toMatchObject({ encoding: 'utf8', sizeBytes: bytes.length });
    expect(fields.head + fields.tail).not.toContain('\ufffd');
    const { head, tail } = decodeConsole(fields);
    expect(head.length + tail.length + fields.omittedBytes).toBe(bytes.length);
    expect(tail.length).toBeGreaterThan(head.length);
  }
});
