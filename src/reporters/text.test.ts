import { expect, test } from 'vitest';
import { formatDuration, neutraliseWorkflowCommands, stripXmlIllegal, takeEnd, takeStart } from './text.ts';

test.each([
  [0.4, '0 ms'],
  [999.4, '999 ms'],
  [999.5, '1.0 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [125_400, '2 min 05 s'],
  [3_599_600, '1 h 00 min'],
  [28_800_000, '8 h 00 min'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('XML 1.0 loses what it forbids and nothing else', () => {
  expect(stripXmlIllegal('a\0\x1b\x08b\ud800c\udfffd\ufffe\uffff\t\n\r\x7f\u0085é😀\ufffd')).toBe('abcd\t\n\r\x7f\u0085é😀\ufffd');
});

test('cuts never halve a character', () => {
  expect([1, 2, 3, 4].map((units) => takeStart('a😀b', units))).toEqual(['a', 'a', 'a😀', 'a😀b']);
  expect([1, 2, 3, 4].map((units) => takeEnd('a😀b', units))).toEqual(['b', 'b', '😀b', 'a😀b']);
  expect(takeEnd('1\n2\n3\n4', 100, 2)).toBe('3\n4');
});

test('GitHub’s commands are broken wherever it looks for them, other text stays', () => {
  const broken = neutraliseWorkflowCommands('::error::a\n  ::set-env\n\t::x\na ::b\n##[group]c\n:d\nstd::vector ## x');
  expect(broken.replaceAll('\u200b', '|')).toBe(':|:error::a\n  :|:set-env\n\t:|:x\na ::b\n#|#[group]c\n:d\nstd::vector ## x');
});
