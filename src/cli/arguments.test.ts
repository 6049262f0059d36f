import { expect, test } from 'vitest';
import { nearestWord, parseArguments } from './arguments.ts';

const options = { profile: { type: 'string' }, append: { type: 'string', multiple: true }, json: { type: 'boolean', short: 'j' } } as const;

test('options and positionals come typed, in any order', () => {
  const { values, positionals } = parseArguments(['a1', '--append', 'x', '--json', '--append=y', '--', '--odd'], options);
  expect({ ...values }).toEqual({ append: ['x', 'y'], json: true });
  expect(positionals).toEqual(['a1', '--odd']);
});

test.each([
  [['--profil', 'x'], 'unknown option "--profil"', 'did you mean --profile?'],
  [['--profil=x'], 'unknown option "--profil"', 'did you mean --profile?'],
  [['--zzz'], 'unknown option "--zzz"', 'expected one of --profile, --append, --json.'],
  [['-x'], "unknown option '-x'", 'see the command with --help.'],
  [['--profile'], "option '--profile <value>' argument missing", 'see the command with --help.'],
  [['--json=yes'], "option '-j, --json' does not take an argument", 'see the command with --help.'],
])('%j is wrong usage: %s', (argv, shortMessage, hint) => {
  expect(() => parseArguments(argv, options)).toThrow(expect.objectContaining({ code: 'usage', shortMessage, hint }));
});

test('a positional where none is taken is wrong usage', () => {
  expect(() => parseArguments(['a1'], options, { allowPositionals: false })).toThrow(
    expect.objectContaining({ code: 'usage', shortMessage: expect.stringContaining("'a1'") }),
  );
});

test.each([
  ['docter', 'doctor'],
  ['rnu', 'run'],
  ['tets', 'test'],
  ['xyzzy', undefined],
  ['', undefined],
])('nearest to %j is %j', (word, near) => {
  expect(nearestWord(word, ['doctor', 'run', 'test', 'check'])).toBe(near);
});
