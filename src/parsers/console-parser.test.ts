import { expect, test } from 'vitest';
import { ConsoleParser, type ConsoleParserOptions } from './console-parser.ts';
import { promptParser } from './prompt.ts';
import { replay } from './testing/replay.ts';

/** Events without their places, shortened to what distinguishes them. */
function read(text: string, options?: ConsoleParserOptions): string[] {
  return replay(new ConsoleParser(options), [Buffer.from(text)]).map((event) => {
    switch (event.type) {
      case 'marker':
        return `marker ${event.marker}`;
      case 'metric':
        return `metric ${event.name}=${event.value}`;
      case 'result':
        return `${event.result} ${event.name}`;
      case 'prompt':
      case 'text':
        return `${event.type} ${event.text}`;
      case 'log':
        return `log ${event.message}`;
      default:
        return event.type;
    }
  });
}

const marker = (id: string, pattern: RegExp) => ({ id, pattern });

test('several markers on a line come in the order in which they stand there, each once', () => {
  const bootMarkers = [marker('two', /two/g), marker('one', /one/y), marker('none', /none/)];
  expect(read('!one+two+two\ntwo\n', { bootMarkers: [marker('two', /two/g), marker('one', /one/g)] })).toEqual([
    'marker one',
    'marker two',
    'marker two',
  ]);
  expect(read('one\none\n', { bootMarkers })).toEqual(['marker one', 'marker one']);
});

test('a marker on a kernel message’s line comes beside the message', () => {
  expect(read('[    0.500000] Run /sbin/init as init process\n')).toEqual(['marker linux-init', 'log Run /sbin/init as init process']);
});

test('a marker or a result that printk cut in two is read', () => {
  expect(read('MMU[    1.000000] a\n ON\n')).toEqual(['log a', 'marker mmu-on']);
  expect(read('[PASS] pi[    1.000000] a\npes\nx\n')).toEqual(['log a', 'PASS pipes', 'text x']);
  expect(read('METRIC a=1[    1.000000] a\n2\n')).toEqual(['log a', 'metric a=12']);
});

test('what was no line together is read apart', () => {
  expect(read('loading ...[    1.000000] a\n[PASS] x\n')).toEqual(['log a', 'text loading ...', 'PASS x']);
});

test('results, METRICs and summaries are read in kernel messages too', () => {
  expect(read('[    1.000000] ok 1 - kunit\n[    1.000000][    T1] METRIC a=1\n')).toEqual(['PASS kunit', 'metric a=1']);
});

test('a typed command is no marker, result or METRIC', () => {
  expect(read('/ # echo MMU ON; echo METRIC a=1\n')).toEqual(['prompt / # ', 'text echo MMU ON; echo METRIC a=1']);
});

test('what a timer prints after the prompt is read', () => {
  expect(read('sis> [TIMER] tick\nsis> METRIC a=1\nsis> [PASS] x\nsis> ')).toEqual([
    'prompt sis> ',
    'log tick',
    'prompt sis> ',
    'metric a=1',
    'prompt sis> ',
    'PASS x',
    'prompt sis> ',
  ]);
});

test('output that no line feed ended is read, then the prompt', () => {
  expect(read('[PASS] x/ # ')).toEqual(['PASS x', 'prompt / # ']);
});

test('a result that quotes a marker is no marker', () => {
  expect(read('[CHECK] FAIL: MMU ON\n')).toEqual(['FAIL MMU ON']);
});

test('only a line’s beginning is read as one: the rest of a too long line is text', () => {
  const events = read(`${'x'.repeat(65_536)}[PASS] quoted\n`);
  expect(events.map((event) => event.slice(0, 13))).toEqual(['text xxxxxxxx', 'text [PASS] q']);
});

test('a profile’s crash patterns make reports', () => {
  const crashPatterns = [{ id: 'mine', pattern: /^stop: (\w+)/m, title: 'stopped by $1' }];
  expect(read('stop: heat\n', { crashPatterns })).toEqual(['text stop: heat', 'crash.started', 'crash']);
});

test('a bare PANIC is a crash only where no profile says otherwise', () => {
  expect(read('PANIC\n')).toContain('crash');
  expect(read('PANIC\n', { crashPatterns: [] })).toEqual(['text PANIC']);
});

test('text after a carriage return at the line’s start is read', () => {
  expect(read('\r[PASS] x\n')).toEqual(['PASS x']);
});

test('a METRIC summary has its counts', () => {
  expect(read('[SUMMARY] a: P50=1 ns\n')).toEqual(['summary']);
});

test.each([
  [/\/ # $/, '/ # ls', { before: '', prompt: '/ # ', after: 'ls' }],
  [/\/ # $/, 'out/ # ', { before: 'out', prompt: '/ # ', after: '' }],
  [/\/ # $/, 'x / # y', undefined],
  [/^\$ $/m, '$ ls', { before: '', prompt: '$ ', after: 'ls' }],
  [/cost\$/, 'cost$ 5', { before: '', prompt: 'cost$', after: ' 5' }],
  [/(?:a|b)> $/g, 'b> x', { before: '', prompt: 'b> ', after: 'x' }],
  [/# $/, 'root@host:~# ', { before: 'root@host:~', prompt: '# ', after: '' }],
])('prompt %s in %s', (pattern, text, split) => expect(promptParser(pattern)(text)).toEqual(split));
