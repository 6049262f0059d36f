import { describe, expect, test } from 'vitest';
import { crashSignatures, SignatureMatcher } from './crash-signatures.ts';
import { crashSamples, quotedWords } from './testing/crash-samples.ts';

const matcher = new SignatureMatcher([]);

test('every row has an id of its own and samples', () => {
  const ids = crashSignatures.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(crashSamples).sort()).toEqual(ids.sort());
});

describe.each(crashSignatures)('$id', ({ id, trigger, pattern }) => {
  test.each(crashSamples[id] ?? [])('%s', (line, title) => {
    expect(matcher.match(line)).toMatchObject({ signature: { id }, title });
    expect(line).toContain(trigger);
  });

  test('is anchored, and has no flag that makes matching depend on what was matched before', () => {
    expect(pattern.source[0]).toBe('^');
    expect(pattern.flags).toBe('');
  });
});

test.each(quotedWords)('no crash: %s', (line) => expect(matcher.match(line)).toBeUndefined());

describe('a profile’s own patterns', () => {
  const patterns = [{ id: 'my-panic', pattern: /machine stop: (\w+) at (0x\w+)/g, title: 'stop: $1 at $2' }];

  test('are found anywhere in a line, again and again, and their titles are normalised', () => {
    const own = new SignatureMatcher(patterns);
    const found = { signature: { id: 'my-panic', class: 'registered', severity: 'fatal' }, title: 'stop: overheat at ADDR' };
    expect(own.match('x machine stop: overheat at 0x4000123456')).toEqual(found);
    expect(own.match('x machine stop: overheat at 0x4000123456')).toEqual(found);
  });

  test('come before the table', () => {
    const own = new SignatureMatcher([{ id: 'mine', pattern: /not syncing: (.*)/, title: '$1' }]);
    expect(own.match('Kernel panic - not syncing: x')).toMatchObject({ signature: { id: 'mine' }, title: 'x' });
  });
});
