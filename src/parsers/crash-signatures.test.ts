import { describe, expect, test } from 'vitest';
import type { CrashPattern } from '../model/profile.ts';
import { CrashNaming } from './crash-naming.ts';
import { crashSignatures, SignatureMatcher } from './crash-signatures.ts';
import { findKernelMessage } from './printk.ts';
import { crashSamples, quotedWords } from './testing/crash-samples.ts';

/** Signature and title of a log's first line; undefined where it begins no report. */
function begin(
  line: string,
  patterns: readonly CrashPattern[] = [],
): { id: string; class: string; severity: string; title: string } | undefined {
  const matcher = new SignatureMatcher(patterns);
  const found = matcher.mayMatch(line, false) ? matcher.match(line, findKernelMessage(line), false, false) : undefined;
  if (found === undefined) return undefined;
  const { id, class: kind, severity } = found.signature;
  return { id, class: kind, severity, title: new CrashNaming(found).firstTitle };
}

test('every row has an id of its own and samples', () => {
  const ids = crashSignatures.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(crashSamples).sort()).toEqual(ids.sort());
});

describe.each(crashSignatures)('$id', ({ id, trigger, pattern }) => {
  test.each(crashSamples[id] ?? [])('%s', (line, title) => {
    expect(begin(line)).toMatchObject({ id, title });
    expect(line).toContain(trigger);
  });

  test('is anchored, and has no flag that makes matching depend on what was matched before', () => {
    expect(pattern.source[0]).toBe('^');
    expect(pattern.flags).toBe('');
  });
});

test.each(quotedWords)('no crash: %s', (line) => expect(begin(line)).toBeUndefined());

describe('a profile’s own patterns', () => {
  const patterns = [{ id: 'my-panic', pattern: /machine stop: (\w+) at (0x\w+)/g, title: 'stop: $1 at $2' }];

  test('are found anywhere in a line, again and again, and their titles are normalised', () => {
    const found = { id: 'my-panic', class: 'registered', severity: 'fatal', title: 'stop: overheat at ADDR' };
    expect(begin('x machine stop: overheat at 0x4000123456', patterns)).toEqual(found);
    const matcher = new SignatureMatcher(patterns);
    const twice = [1, 2].map(() => matcher.match('x machine stop: overheat at 0x4000123456', undefined, true, true));
    expect(twice).toMatchObject([{ signature: { id: 'my-panic' } }, { signature: { id: 'my-panic' } }]);
  });

  test('come before the table', () => {
    const own = [{ id: 'mine', pattern: /not syncing: (.*)/, title: '$1' }];
    expect(begin('Kernel panic - not syncing: x', own)).toMatchObject({ id: 'mine', title: 'x' });
  });
});

test('words that programs print, too, count only where no Linux was seen', () => {
  const matcher = new SignatureMatcher([]);
  expect(matcher.match('panic: no memory', undefined, false, false)).toBeDefined();
  expect(matcher.match('panic: no memory', undefined, true, true)).toBeUndefined();
});
