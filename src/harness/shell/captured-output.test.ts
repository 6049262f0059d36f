import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CapturedBytes, maxCapturedBytes } from './captured-output.ts';

const header = '@@br:ab:1:4:0::1@@\n';

test('however it is cut, what is behind the header is taken, and what is before it is not', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.uint8Array({ maxLength: 300 }), pieces, (before, output, cuts) => {
      const captured = new CapturedBytes(header);
      let rest: Buffer = Buffer.concat([Buffer.from(`${before.replaceAll('@', '')}${header}`), output]);
      for (const { length } of cuts) {
        captured.take(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      captured.take(rest);
      expect(captured.received).toBe(output.length);
      expect(captured.isWhole(output.length)).toBe(true);
      expect(captured.isWhole(output.length + 1)).toBe(false);
      expect(captured.bytes(output.length)).toEqual(Buffer.from(output));
    }),
  );
});

test('what comes again counts from its own header', () => {
  const captured = new CapturedBytes(header);
  captured.take(Buffer.from(`${header}damaged`));
  captured.again();
  captured.take(Buffer.from(`, the rest of it${header}whole`));
  expect(captured.bytes(5).toString()).toBe('whole');
});

test('what is too long is not kept', () => {
  const captured = new CapturedBytes(header);
  captured.take(Buffer.from(header));
  const chunk = Buffer.alloc(64 * 1024 * 1024);
  for (let count = 0; count < 8; count++) captured.take(chunk);
  expect(captured.isTooLong(0)).toBe(true);
  expect(captured.received).toBeLessThanOrEqual(maxCapturedBytes + chunk.length);
});
