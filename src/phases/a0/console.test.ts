import { expect, test } from 'vitest';
import { withoutKernelMessages } from './console.ts';

test('a kernel message that stands at a line feed is taken out, byte values stay as they are', () => {
  const bytes = Buffer.from([0x5b, 0x09, 0x0d, 0x0a, 0x80, 0xff, 0x00]);
  const message = Buffer.from('[    1.234567] random: crng init done\r\n');
  expect(withoutKernelMessages(Buffer.concat([bytes.subarray(0, 2), message, bytes.subarray(2)]))).toEqual(bytes);
  expect(withoutKernelMessages(Buffer.concat([bytes.subarray(0, 4), message, bytes.subarray(4)]))).toEqual(bytes);
});
