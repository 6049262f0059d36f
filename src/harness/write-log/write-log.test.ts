import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Disk } from '../devices/disk.ts';
import { LogFiles } from './log-files.ts';
import { durableRequests, type LoggedWrite } from './requests.ts';
import { WriteLog } from './write-log.ts';

const sectorBytes = 512;
const sectors = 8;
const disk = { writes: 'blank', sizeBytes: sectors * sectorBytes } as Disk;
const flags = { none: 0, flush: 1, fua: 2, discard: 4 } as const;

/** As QEMU writes it (block/blklogwrites.c). */
function entry(sector: number, count: number, flag: number, byte = 0): Buffer {
  const bytes = Buffer.alloc((1 + (flag & flags.discard ? 0 : count)) * sectorBytes, byte);
  bytes.fill(0, 0, sectorBytes);
  for (const [index, value] of [sector, count, flag].entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}

const open: Disposable[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each[Symbol.dispose]();
});

async function logWith(entries: readonly Buffer[], settle: (fd: number) => void = () => {}): Promise<WriteLog> {
  const files = await LogFiles.of(disk);
  writeSync(files.log.fd, Buffer.concat(entries), 0, undefined, sectorBytes);
  const log = new WriteLog(files, async () => settle(files.log.fd));
  open.push(log);
  return log;
}

test('an answered request is found behind the place of one that was not, once that is', async () => {
  const [first, late, answered] = [entry(0, 1, 0, 1), entry(1, 2, 0, 2), entry(3, 1, 0, 3)];
  const place = Buffer.alloc(late.length);
  const log = await logWith([first, place, answered], (fd) => writeSync(fd, late, 0, undefined, sectorBytes + first.length));
  expect(await log.mark('here')).toBe(3);
  expect((await log.read()).map((request) => request.type === 'write' && request.position / sectorBytes)).toEqual([0, 1, 3]);
});

test('of a QEMU that was killed what is whole counts: neither a place without its entry, nor an entry without its end', async () => {
  const whole = entry(0, 1, 0, 1);
  expect(await (await logWith([whole, Buffer.alloc(1024), entry(3, 1, 0, 3)])).read()).toHaveLength(1);
  expect(await (await logWith([whole, entry(1, 2, 0, 2).subarray(0, 1100)])).read()).toHaveLength(1);
  expect(await (await logWith([whole, entry(1, 2, 0, 2).subarray(0, 100)])).read()).toHaveLength(1);
});

test('what is written later is read later, by each reader once', async () => {
  const log = await logWith([entry(0, 1, 0, 1)], undefined);
  expect(await Promise.all([log.mark('a'), log.mark('b')])).toEqual([1, 1]);
  expect(await log.read()).toHaveLength(1);
});

test('a part of a request is a request: a torn write', async () => {
  const log = await logWith([entry(1, 3, 0, 7)]);
  const [write] = (await log.read()) as readonly LoggedWrite[];
  const torn = { ...(write as LoggedWrite), sizeBytes: sectorBytes };
  const content = await readFile((await log.imageAt({ requests: [torn] })).path);
  expect([...content].map((byte, index) => (index % sectorBytes === 0 ? byte : undefined)).filter((byte) => byte !== undefined)).toEqual([
    0, 7, 0, 0, 0, 0, 0, 0,
  ]);
});

const requests = fc.array(
  fc.record({
    kind: fc.constantFrom('write', 'fua', 'flush', 'discard', 'flushing'),
    sector: fc.nat(sectors - 1),
    count: fc.integer({ min: 1, max: 3 }),
    byte: fc.integer({ min: 1, max: 255 }),
  }),
  { maxLength: 20 },
);

test('what is durable is what a disk with a cache would have', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (all) => {
      let [cached, durable] = [Buffer.alloc(sectors), Buffer.alloc(sectors)];
      const entries = all.map(({ kind, sector, count: wanted, byte }) => {
        const count = Math.min(wanted, sectors - sector);
        if (kind === 'flush') durable = Buffer.from(cached);
        if (kind === 'flush') return entry(0, 0, flags.flush);
        if (kind === 'discard') return entry(sector, count, flags.discard);
        if (kind === 'flushing') durable = Buffer.from(cached);
        cached = Buffer.from(cached).fill(byte, sector, sector + count);
        if (kind === 'fua') durable = Buffer.from(durable).fill(byte, sector, sector + count);
        return entry(sector, count, kind === 'fua' ? flags.fua : kind === 'flushing' ? flags.flush : flags.none, byte);
      });
      const log = await logWith(entries);
      await log.mark('end');
      const bytesOf = async (cut: Parameters<typeof log.imageAt>[0]): Promise<number[]> => {
        const content = await readFile((await log.imageAt(cut)).path);
        return Array.from({ length: sectors }, (_, sector) => content[sector * sectorBytes] as number);
      };
      expect(await bytesOf('last-flush')).toEqual([...durable]);
      expect(await bytesOf({ lastFlushBefore: 'end' })).toEqual([...durable]);
      expect(await bytesOf({ mark: 'end' })).toEqual([...cached]);
      expect(durableRequests(await log.read()).length).toBeLessThanOrEqual(all.length);
    }),
    { numRuns: 50 },
  );
});
