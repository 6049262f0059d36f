import { expect, test } from 'vitest';
import { readSoakRequest } from './request.ts';

test('what is not the soak’s own goes to each round, as it was given', () => {
  expect(readSoakRequest(['b', '--grep', 'damage', '--iterations', '10', '--out=there', '--qemu-arg', '-S', '--jobs=1'])).toEqual({
    runArgv: ['b', '--grep=damage', '--qemu-arg=-S', '--jobs=1'],
    until: { iterations: 10 },
    out: 'there',
  });
});

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['8h', 28_800_000],
])('--for %s is %i ms', (text, forMs) => {
  expect(readSoakRequest(['all', '--for', text]).until).toEqual({ forMs });
});

test.each([
  [['b'], /either --for or --iterations, got neither/],
  [['b', '--for', '1h', '--iterations', '2'], /got both/],
  [['b', '--for', 'long'], /--for: expected a duration, got "long"/],
  [['b', '--for', '0s'], /expected a duration/],
  [['b', '--iterations', '0'], /--iterations: expected a whole number from 1 on/],
  [['b', '--iterations', '2', '--iteration', '1'], /--iteration is for bringup run/],
  [['b', '--iterations', '2', '--keep-failed'], /--keep-failed is for bringup run/],
  [['nonesuch', '--iterations', '2'], /unknown phase "nonesuch"/],
  [['b', '--iterations', '2', '--grep', 'nothing-like-it'], /matches none/],
])('%j is refused', (argv, message) => {
  expect(() => readSoakRequest(argv)).toThrow(message);
});
