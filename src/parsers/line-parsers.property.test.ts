import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashDetector } from './crash.ts';
import { normaliseTitle } from './crash-title.ts';
import { genericBootMarkers, genericPrompt } from './generic.ts';
import { type Line, LineSplitter } from './lines.ts';
import { parseLog } from './log.ts';
import { markerParser } from './marker.ts';
import { parseMetrics, parseSummary } from './metric.ts';
import { findKernelMessage } from './printk.ts';
import { stripPrintk } from './printk-joiner.ts';
import { promptParser } from './prompt.ts';
import { parseResult } from './result.ts';
import { parseResultSummary } from './result-summary.ts';
import { TerminalText } from './terminal-text.ts';
import { chunksOf, linesOf, replay } from './testing/replay.ts';

/** What a line's reader acts on, and what stands between. */
const words = fc.constantFrom(
  ' ',
  'METRIC a=1',
  'METRIC b=-1.5e999',
  'METRIC =',
  '[PASS] x',
  '[CHECK] FAIL: a (b)',
  'not ok 99999999999999999999 - a # SKIP',
  'ok 1',
  '1..0',
  '[SUMMARY] a: count=1 P50=1 ns',
  'complete: 7/8 tests passed',
  'GPIO Summary: 1 passed, 2 failed',
  '[Warn] net: x',
  '[LLM][DET] x',
  '** 1 printk messages dropped **',
  '[   12.345678] ',
  '<4>[   13.000000][    T1] ',
  'Booting Linux on physical CPU',
  'MMU ON',
  'sis> ',
  '/ # ',
  '\r',
  '\0',
  '\u{1f600}',
  '\ud800',
);
const line = fc.array(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 15 })), { maxLength: 12 }).map((parts) => parts.join(''));

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  marker: markerParser(genericBootMarkers),
  prompt: promptParser(genericPrompt),
  printk: findKernelMessage,
  result: parseResult,
  'result summary': parseResultSummary,
  summary: parseSummary,
  log: parseLog,
  'integer metric': (text) => parseMetrics(text, 'integer'),
  'any metric': (text) => parseMetrics(text, 'any'),
  title: normaliseTitle,
  'stripped text': stripPrintk,
};

describe.each(Object.keys(readers))('reading a %s', (name) => {
  test('never throws, and gives the same for the same line, whatever was read before', () => {
    const read = readers[name] as (text: string) => unknown;
    const property = fc.property(line, line, (one, other) => {
      const first = read(one);
      read(other);
      expect(read(one)).toEqual(first);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

test('numbers that are read are numbers', () => {
  const property = fc.property(line, (text) => {
    for (const metric of parseMetrics(text, 'any')) if (metric.type === 'metric') expect(Number.isFinite(metric.value)).toBe(true);
    const { timestampMs = 0, level = 0, index = 0 } = findKernelMessage(text) ?? {};
    expect([Number.isFinite(timestampMs), level >= 0 && level <= 7, index < Math.max(1, text.length)]).toEqual([true, true, true]);
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('a prompt splits its line without loss', () => {
  const split = promptParser(genericPrompt);
  const property = fc.property(line, (text) => {
    const found = split(text);
    if (found) expect(found.before + found.prompt + found.after).toBe(text);
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('text and lines are the same however their bytes are cut: in a character, in an escape sequence, in a line end', () => {
  const sequence = fc.constantFrom(
    '\x1b[1;31m',
    '\x1b]0;t\x07',
    '\x1bP1$r\x1b\\',
    '\x1b[6n',
    '\x1b(B',
    '\r\n',
    '\r\r\n',
    '\u20ac',
    '\u{1f600}',
    '\n',
  );
  const bytes = fc
    .array(
      fc.oneof(
        sequence.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 8 }),
      ),
      { maxLength: 30 },
    )
    .map((parts) => Buffer.concat(parts));
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  const textOf = (chunks: readonly Uint8Array[]): string => {
    const terminal = new TerminalText();
    return chunks.map((chunk) => terminal.push(chunk)).join('') + terminal.end();
  };
  const property = fc.property(bytes, sizes, (whole, cut) => {
    expect(textOf(chunksOf(whole, cut))).toBe(textOf([whole]));
    expect(replay<Line>(new LineSplitter(), chunksOf(whole, cut))).toEqual(replay<Line>(new LineSplitter(), [whole]));
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('every crash report was announced before it comes, whatever the lines', () => {
  const crashWords = fc.constantFrom(
    'Kernel panic - not syncing: x',
    'BUG: y',
    'Internal error: Oops: 96000004 [#1] SMP',
    'WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2',
    '---[ end trace 0 ]---',
    'PANIC',
  );
  const crashLine = fc
    .tuple(fc.constantFrom('', '[    1.000000] ', '[    9.000000] '), fc.oneof(crashWords, line))
    .map((parts) => parts.join(''));
  const property = fc.property(fc.array(crashLine, { maxLength: 30 }), (texts) => {
    const detector = new CrashDetector();
    let isOpen = false;
    for (const event of [...linesOf(...texts).flatMap((each) => [...detector.line(each)]), ...detector.end()]) {
      if (event.type === 'crash') expect(isOpen).toBe(true);
      isOpen = event.type === 'crash.started';
    }
    expect(isOpen).toBe(false);
  });
  fc.assert(property, { numRuns: 1_000 });
});
