import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DiskFile } from '../devices/disk-file.ts';
import { VolatileFile } from './volatile-file.ts';

const sizeBytes = 16;
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('write', 'fua'),
      at: fc.nat(sizeBytes - 1),
      length: fc.integer({ min: 1, max: 6 }),
      byte: fc.integer({ min: 1, max: 255 }),
    }),
    fc.constant({ kind: 'flush', at: 0, length: 0, byte: 0 }),
  ),
  { maxLength: 20 },
);

test('a power cut takes back what was neither flushed nor written with FUA, and nothing else; until then all is seen', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const disk = DiskFile.blank(sizeBytes);
      const file = new VolatileFile(disk.fd);
      const [seen, durable] = [Buffer.alloc(sizeBytes), Buffer.alloc(sizeBytes)];
      for (const [number, { kind, at, length, byte }] of all.entries()) {
        const end = Math.min(sizeBytes, at + length);
        if (kind === 'flush') {
          file.flush();
          seen.copy(durable);
          continue;
        }
        await file.write(number, at, Buffer.alloc(end - at, byte));
        seen.fill(byte, at, end);
        if (kind !== 'fua') continue;
        file.flushOne(number);
        durable.fill(byte, at, end);
      }
      expect(await file.read(0, sizeBytes)).toEqual(seen);
      await file.cutPower(() => false);
      expect(await readFile(disk.path)).toEqual(durable);
      disk[Symbol.dispose]();
    }),
    { numRuns: 200 },
  );
});
