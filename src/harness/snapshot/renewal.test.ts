import { expect, test } from 'vitest';
import { renewalLine } from './renewal.ts';

test('the line is seed, nanoseconds and check, in hexadecimal', () => {
  const line = renewalLine(
    Uint8Array.from({ length: 32 }, (_, index) => index),
    1_700_000_000_123,
  );
  expect(line.slice(0, 64)).toBe('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  expect(BigInt(`0x${line.slice(64, 80)}`)).toBe(1_700_000_000_123_000_000n);
  const sum = Array.from(line.slice(0, 80)).reduce((total, digit) => total + digit.charCodeAt(0), 0);
  expect(Number.parseInt(line.slice(80), 16)).toBe(sum);
  expect(line).toHaveLength(88);
});

test('no two lines have the same seed', () => {
  expect(renewalLine().slice(0, 64)).not.toBe(renewalLine().slice(0, 64));
});
