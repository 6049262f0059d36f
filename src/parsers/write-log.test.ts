import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type WriteLogEvent, WriteLogParser } from './write-log.ts';

const sectorBytes = 512;

/** Written after dm-log-writes.c: what a log must look like, by hand. */
function superblock(entries: number, { magic = 0x6a736677736872n, version = 1n, sector = sectorBytes } = {}): Uint8Array {
  const bytes = new Uint8Array(Math.max(512, sector));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, magic, true);
  view.setBigUint64(8, version, true);
  view.setBigUint64(16, BigInt(entries), true);
  view.setUint32(24, sector, true);
  return bytes;
}

function entry(sector: number, sectors: number, flags: number, data: Uint8Array = new Uint8Array(0), name = ''): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(sectorBytes + (name === '' ? data.length : 0));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(sector), true);
  view.setBigUint64(8, BigInt(sectors), true);
  view.setBigUint64(16, BigInt(flags), true);
  view.setBigUint64(24, BigInt(name === '' ? data.length : text.length), true);
  bytes.set(name === '' ? data : text, name === '' ? sectorBytes : 32);
  return bytes;
}

const data = (sectors: number, value: number): Uint8Array => new Uint8Array(sectors * sectorBytes).fill(value);
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const log = join(
  superblock(1),
  entry(8, 2, 0, data(2, 0xaa)),
  entry(0, 0, 1),
  entry(10, 1, 2, data(1, 0xbb)),
  entry(4, 1, 3, data(1, 0xcc)),
  entry(100, 50, 4),
  entry(0, 0, 8, undefined, 'after the rename'),
);

function read(bytes: Uint8Array, pieceBytes = bytes.length): WriteLogEvent[] {
  const parser = new WriteLogParser();
  const events: WriteLogEvent[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) events.push(...parser.push(bytes.subarray(at, at + pieceBytes)));
  return events;
}

describe('a log', () => {
  test('gives its writes, flushes, discards and marks in order, whatever the superblock counts', () => {
    expect(read(log)).toEqual([
      { type: 'superblock', version: 1, entries: 1, sectorBytes },
      { type: 'write', index: 0, byteOffset: 512, position: 4096, data: data(2, 0xaa), isFlush: false, isFua: false },
      { type: 'flush', index: 1, byteOffset: 2048, isFlush: true },
      { type: 'write', index: 2, byteOffset: 2560, position: 5120, data: data(1, 0xbb), isFlush: false, isFua: true },
      { type: 'write', index: 3, byteOffset: 3584, position: 2048, data: data(1, 0xcc), isFlush: true, isFua: true },
      { type: 'discard', index: 4, byteOffset: 4608, position: 51_200, sizeBytes: 25_600, isFlush: false },
      { type: 'mark', index: 5, byteOffset: 5120, name: 'after the rename', isFlush: false },
    ]);
  });

  test('is read the same in pieces of any size', () => {
    const whole = read(log);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), (size) => {
        expect(read(log, size)).toEqual(whole);
      }),
    );
  });

  test('that ends within an entry gives all whole ones before it, and how much is left over', () => {
    const parser = new WriteLogParser();
    const events = parser.push(log.subarray(0, 2560 + 700));
    expect(events.map(({ type }) => type)).toEqual(['superblock', 'write', 'flush']);
    expect([parser.end(), parser.entries, parser.byteOffset]).toEqual([700, 2, 2560]);
  });

  test('with sectors of 4096 bytes counts in those', () => {
    const wide = (parts: Uint8Array): Uint8Array => join(parts, new Uint8Array(4096 - parts.length));
    const bytes = join(superblock(0, { sector: 4096 }), wide(entry(3, 1, 0)), new Uint8Array(4096).fill(7));
    expect(read(bytes)[1]).toEqual({
      type: 'write',
      index: 0,
      byteOffset: 4096,
      position: 12_288,
      data: new Uint8Array(4096).fill(7),
      isFlush: false,
      isFua: false,
    });
  });
});

describe('what is no log is refused with its place', () => {
  test.each([
    ['a wrong magic', superblock(0, { magic: 1n }), /magic 0x6a736677736872, got 0x1 \(at byte 0/],
    ['another version', superblock(0, { version: 2n }), /expected version 1, got 2 \(at byte 8/],
    ['a sector of 500 bytes', superblock(0, { sector: 500 }), /got 500 \(at byte 24/],
    ['unknown flags', join(superblock(0), entry(0, 0, 64)), /unknown flags 0x40 \(at byte 528/],
    ['a write of a TiB', join(superblock(0), entry(0, 2 ** 31, 0)), /a write of \d+ bytes \(at byte 520/],
    ['a mark that is longer than its sector', join(superblock(0), entry(0, 0, 8, data(2, 1))), /does not fit its sector/],
  ])('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
  });

  test('nor does it throw anything else, or read beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (noise) => {
        try {
          read(join(superblock(0), noise), 100);
        } catch (error) {
          expect((error as Error).name).toBe('WriteLogError');
        }
      }),
    );
  });
});
