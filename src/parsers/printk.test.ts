import { expect, test } from 'vitest';
import { findKernelMessage } from './printk.ts';
import { PrintkJoiner, stripPrintk } from './printk-joiner.ts';
import { linesOf } from './testing/replay.ts';

test.each([
  ['[    1.234567] a', { index: 0, timestampMs: 1234.567, text: 'a' }],
  ['[12345678.000001] a', { index: 0, timestampMs: 12345678000.001, text: 'a' }],
  ['[    0.000000][    T0] a', { index: 0, timestampMs: 0, task: 0, text: 'a' }],
  ['[   12.000000][  C11] a', { index: 0, timestampMs: 12000, cpu: 11, text: 'a' }],
  ['<6>[    1.000000] a', { index: 0, timestampMs: 1000, level: 6, text: 'a' }],
  ['<14>[    1.000000] a', { index: 0, timestampMs: 1000, level: 6, text: 'a' }],
  ['[    1.000000] ', { index: 0, timestampMs: 1000, text: '' }],
  ['hello[    1.000000] a [    2.000000] b', { index: 5, timestampMs: 1000, text: 'a [    2.000000] b' }],
  ['[1.5] x[   12.000000] a', { index: 7, timestampMs: 12000, text: 'a' }],
])('a message: %s', (text, message) => expect(findKernelMessage(text)).toEqual(message));

test.each([
  '[    1.23456] five digits',
  '[    1.2345678] seven digits',
  '[ 1.234567] narrow',
  '[     1.234567] wide',
  '[   1 .234567] torn',
  '[1.234567] not padded',
  '[    1.234567]no blank',
  '[    1.234567]',
  '[    1,234567] comma',
  '(    1.234567) round',
  '<6>x [12] y',
])('no message: %s', (text) => expect(findKernelMessage(text)).toBeUndefined());

test.each([
  ['nothing to do', 'a\nb\n', 'a\nb\n', []],
  ['a whole line', 'a\n[   12.345678] foo\nb\n', 'a\nb\n', ['[   12.345678] foo']],
  ['in the middle of a line', 'hel[   12.345678] foo\nlo\n', 'hello\n', ['[   12.345678] foo']],
  ['before the line feed', 'hello[   12.345678] foo\n\n', 'hello\n', ['[   12.345678] foo']],
  ['twice in one line', 'h[   12.345678] a\nel[   12.345679] b\nlo', 'hello', ['[   12.345678] a', '[   12.345679] b']],
  ['two in a row', 'hel[   12.345678] a\n[   12.345679] b\nlo\n', 'hello\n', ['[   12.345678] a', '[   12.345679] b']],
  ['at the end', 'hello[   12.345678] foo\n', 'hello', ['[   12.345678] foo']],
  ['not ended by a line feed: it stays', 'a\n[   12.345678] fo', 'a\n[   12.345678] fo', []],
  ['no kernel’s time stamp: it stays', '[12.3] foo\n[pid] x\n', '[12.3] foo\n[pid] x\n', []],
])('stripPrintk: %s', (_, text, stripped, removed) => expect(stripPrintk(text)).toEqual({ text: stripped, removed }));

test('a line cut by a message is put together at its beginning’s place', () => {
  const joiner = new PrintkJoiner();
  const joined = linesOf('x', 'hel[   12.345678] foo', '[   12.345679] bar', 'lo').flatMap((line) => joiner.line(line));
  expect(joined.map(({ kind, line }) => [kind, line.line, line.byteOffset, kind === 'text' ? line.text : ''])).toEqual([
    ['text', 1, 0, 'x'],
    ['message', 2, 2, ''],
    ['message', 3, 24, ''],
    ['text', 2, 2, 'hello'],
  ]);
});

test('what a reboot cut off is not continued by what comes after it', () => {
  const joiner = new PrintkJoiner();
  const joined = linesOf('half a li[    0.000000] Booting Linux', 'first line').flatMap((line) => joiner.line(line));
  expect(joined.map(({ kind, line }) => (kind === 'text' ? line.text : kind))).toEqual(['half a li', 'message', 'first line']);
});

test('an endless line cut by messages over and over is held in bounded memory', () => {
  const joiner = new PrintkJoiner();
  const [piece] = linesOf(`${'x'.repeat(1000)}[   12.345678] foo`);
  const sizes = Array.from({ length: 1000 }, () => joiner.line(piece as never)).flat();
  expect(Math.max(...sizes.map((joined) => (joined.kind === 'text' ? joined.line.text.length : 0)))).toBeLessThanOrEqual(67_000);
  expect(sizes.filter(({ kind }) => kind === 'text').length).toBeGreaterThan(10);
});
