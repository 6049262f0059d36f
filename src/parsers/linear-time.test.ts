import { describe, expect, test } from 'vitest';
import { ConsoleParser } from './console-parser.ts';
import { CrashDetector } from './crash.ts';
import { crashSignatures } from './crash-signatures.ts';
import { normaliseTitle } from './crash-title.ts';
import { CrashTrace } from './crash-trace.ts';
import { isGenericFrame } from './generic-frames.ts';
import { maxLineLength } from './lines.ts';
import { parseLog } from './log.ts';
import { parseMetrics, parseSummary } from './metric.ts';
import { findKernelMessage } from './printk.ts';
import { stripPrintk } from './printk-joiner.ts';
import { promptParser } from './prompt.ts';
import { parseResult } from './result.ts';
import { parseResultSummary } from './result-summary.ts';
import { crashSamples } from './testing/crash-samples.ts';
import { linesOf } from './testing/replay.ts';

/**
 * The longest line there can be takes a linear pattern about 1 ms at worst, a quadratic one seconds: the bound between them
 * is far from both, so that a loaded host does not matter. Lengths grow by two at first: an exponential pattern then passes the bound
 * at a length that still ends, however fast the host is.
 */
const lengths = [16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 1_000, maxLineLength];
const limitMs = 400;

/** The sample with each of its characters, one after the other, repeated; and with words repeated; made not to match at the end. */
function* hostile(sample: string, length: number): Generator<string> {
  const pumps = Array.from({ length: sample.length }, (_, at) => [at, sample[at] as string] as const);
  const words = [' ', '[', '(', '0', 'a', ': ', 'a ', '0a', '[    1.000000] ', '] [', '=', '# '].map(
    (word) => [sample.length, word] as const,
  );
  for (const [at, unit] of [...pumps, ...words]) {
    yield `${sample.slice(0, at)}${unit.repeat(Math.ceil(length / unit.length))}${sample.slice(at)}\u0001!`;
  }
}

/** The slowest call, in milliseconds, each length only if the shorter ones were quick. */
function slowest(samples: readonly string[], read: (text: string) => unknown): number {
  let worstMs = 0;
  for (const length of lengths) {
    for (const sample of samples) {
      for (const text of hostile(sample, length)) {
        const startedAt = performance.now();
        read(text);
        worstMs = Math.max(worstMs, performance.now() - startedAt);
        if (worstMs > limitMs) return worstMs;
      }
    }
  }
  return worstMs;
}

test('the measure tells linear patterns from others', () => {
  expect(slowest(['(aaaa) x'], (text) => /\((\w+\s?)+\) x$/.test(text))).toBeGreaterThan(limitMs);
  expect(slowest(['x aaaa y'], (text) => /a+$/.test(text))).toBeGreaterThan(limitMs);
  expect(slowest(['x aaaa y'], (text) => /^x a/.test(text))).toBeLessThan(limitMs);
});

const detailSamples = [
  '  Message:  x',
  'Out of memory: Killed process 9 (dd) total-vm',
  'Read of size 8 at addr ffff000012345678 by task sh/88',
  'ffff000012345678 (&x){+.+.}-{3:3}, at: do_thing+0x1c/0x40',
  '  comm "sh", pid 88, jiffies 1',
  'in_atomic(): 1, irqs_disabled(): 0, pid: 88, name: sh',
];
const traceLines = [
  ' do_thing+0x1c/0x40 [lkm]',
  ' [<ffffffff81234567>] ? do_thing+0x1c/0x40',
  '#0 0xffffffff80c at kdb_backtrace+0x65',
  'do_thing(ffff800, 1) at do_thing+0x12',
  '  #0: 00000000400a1b2c',
  ' do_thing kernel/foo.c:12 [inline]',
  'pc : do_thing+0x1c/0x40',
  'RIP: 0010:do_thing+0x1c/0x40',
  'CPU: 0 UID: 0 PID: 88 Comm: sh Not tainted',
  'x28: 0000000000000000  pc: 0000000040a1c2d0',
  'Backtrace for x:',
];

describe('crash signatures', () => {
  test.each(crashSignatures)('$id', ({ id, pattern, details }) => {
    const samples = (crashSamples[id] ?? []).map(([line]) => findKernelMessage(line)?.text ?? line);
    expect(slowest(samples, (text) => pattern.test(text))).toBeLessThan(limitMs);
    for (const detail of details ?? []) expect(slowest(detailSamples, (text) => detail.pattern.test(text))).toBeLessThan(limitMs);
  });

  test('the lines of a report', () => {
    expect(slowest(traceLines, (text) => new CrashTrace().take(text))).toBeLessThan(limitMs);
    const inTrace = (text: string): void => {
      const trace = new CrashTrace();
      trace.take('Call trace:');
      trace.take(text);
    };
    expect(slowest(traceLines, inTrace)).toBeLessThan(limitMs);
    expect(slowest(['__kasan_report_report', 'do_raw_spin_lock'], (text) => isGenericFrame(text.slice(0, 121)))).toBeLessThan(limitMs);
  });

  test('the whole matcher, and titles', () => {
    const samples = Object.values(crashSamples).flatMap(([first]) => (first ? [first[0].slice(0, 40)] : []));
    expect(slowest(samples.slice(0, 12), (text) => new CrashDetector().line(linesOf(text)[0] as never))).toBeLessThan(limitMs);
    expect(slowest(['BUG in f+0x1c/0x40 at 0x4000000 sh/88[9] pid: 7, exitcode=0x1 stuck for 9s'], normaliseTitle)).toBeLessThan(limitMs);
  });
});

const parsers: Readonly<Record<string, readonly [read: (text: string) => unknown, ...samples: string[]]>> = {
  printk: [findKernelMessage, '<6>[    1.234567][   T12] x', 'hel[    1.23456] x'],
  stripPrintk: [stripPrintk, 'hel[    1.234567] x\nlo'],
  results: [parseResult, '  [FAIL] a (b)', '[CHECK] PASS: a', 'not ok 3 - a \\# # SKIP why', 'ok 1 - a # TODO x # SKIP'],
  counts: [parseResultSummary, 'Self-check complete: 7/8 tests passed', '  GPIO Summary: 1 passed, 2 failed, 3 skipped'],
  metrics: [(text) => parseMetrics(text, 'any'), 'METRIC a=1 METRIC b=2', 'METRIC a = 1', 'x METRIC  a=1.5'],
  summaries: [parseSummary, '[SUMMARY] a: count=1 P50=1 ns, P99=2 ns'],
  logs: [parseLog, '[Warn] net: x', '[LLM][DET] x', '** 1 printk messages dropped **'],
  prompts: [promptParser(/(?:sis>|[/~] #) $/), 'sis> x', '/ # x', 'x/ # '],
};

test.each(Object.keys(parsers))('%s', (name) => {
  const [read, ...samples] = parsers[name] ?? [() => {}];
  expect(slowest(samples, read)).toBeLessThan(limitMs);
});

test('the parser takes a stream without line feeds, and one of nothing but half-made messages', () => {
  for (const unit of ['x', '[', '[    1.000000] ', 'METRIC a=1 ', 'BUG: ', 'sis> ', '\r', '\x1b[']) {
    const parser = new ConsoleParser();
    const chunk = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)));
    const startedAt = performance.now();
    for (let k = 0; k < 16; k += 1) parser.push(chunk);
    parser.end();
    expect(performance.now() - startedAt, unit).toBeLessThan(4_000);
  }
});
