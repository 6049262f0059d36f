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

/** What crash reports are made of, cut anywhere and mixed. */
const reportWords = fc.constantFrom(
  ...[
    '\n',
    '\n',
    '\n',
    '\r\n',
    ' ',
    '[    5.000000] ',
    '[    5.000001][   T88] ',
    '[    5.000002][    C1] ',
    '[    0.000000] ',
    '<4>[    9.000000] ',
  ],
  ...[
    '------------[ cut here ]------------',
    '==================================================================',
    '** 3 printk messages dropped **',
  ],
  ...[
    'BUG: KASAN: slab-use-after-free in foo+0x1/0x2',
    'Read of size 8 at addr 0 by task sh/8',
    'WARNING: CPU: 0 PID: 1 at a.c:1 foo+0x1/0x2',
  ],
  ...[
    'Unable to handle kernel paging request',
    'Internal error: Oops: 0 [#1] SMP',
    'Kernel panic - not syncing: x',
    'refcount_t: underflow',
  ],
  ...[
    'INFO: task sh:8 blocked for more than 120 seconds',
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'I/O error, dev vda, sector 1',
  ],
  ...[
    'CPU: 0 PID: 8 Comm: sh Not tainted',
    'pc : foo+0x1/0x2',
    'RIP: 0010:memcpy+0x1/0x2',
    'Call trace:',
    ' bar+0x1/0x2',
    ' ? guess+0x1/0x2',
  ],
  ...[
    'Linux version 6.1',
    'reboot: Restarting system',
    'uvm_fault(0x1, 0x2, 0, 1) -> e',
    'panic: y',
    '  #0: 00000000400a1b2c',
    '---[ end trace 0 ]---',
  ],
);
const reportInput = fc
  .array(fc.oneof({ weight: 9, arbitrary: reportWords }, { weight: 1, arbitrary: fc.string({ maxLength: 12 }) }), { maxLength: 80 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

test('crash reports: chunking never changes them, each is whole, bounded and begins where it says', () => {
  const property = fc.property(reportInput, sizes, (bytes, cut) => {
    const events = replay(new ConsoleParser(), [bytes]);
    expect(replay(new ConsoleParser(), chunksOf(bytes, cut))).toEqual(events);
    const reports = events.filter((event) => event.type === 'crash');
    const started = events.filter((event) => event.type === 'crash.started');
    expect(started.length).toBeGreaterThanOrEqual(reports.length);
    for (const report of reports) {
      expect(started.some(({ line, signature }) => line === report.line && signature === report.signature)).toBe(true);
      expect(report.title.length).toBeLessThanOrEqual(120);
      expect(report.title).not.toBe('');
      expect(report.frames.length).toBeLessThanOrEqual(64);
      expect(report.context.length).toBeLessThanOrEqual(8);
    }
    const lines = reports.map(({ line }) => line);
    expect(new Set(lines).size, 'one report a line').toBe(lines.length);
  });
  fc.assert(property, { numRuns: 3000 });
});
