import { expect, test } from 'vitest';
import { FrameReader, lengthPrefix, longestFrame } from './frame-codec.ts';

const frames = [Buffer.from('one'), Buffer.alloc(1514, 2), Buffer.from('three')];
const stream = Buffer.concat(frames.flatMap((frame) => [lengthPrefix(frame), frame]));

test.for([1, 2, 3, 5, 100, 10_000])('frames in pieces of %i bytes', (size) => {
  const reader = new FrameReader();
  const read: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += size) read.push(...reader.push(stream.subarray(at, at + size)));
  expect(read.map((frame) => Buffer.from(frame))).toEqual(frames);
});

test('lengths that no frame has are refused', () => {
  const prefix = (length: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    return bytes;
  };
  expect(() => new FrameReader().push(prefix(longestFrame + 1))).toThrow(`a frame of ${longestFrame + 1} bytes`);
  expect(new FrameReader().push(prefix(0))).toMatchObject([{ length: 0 }]);
});
