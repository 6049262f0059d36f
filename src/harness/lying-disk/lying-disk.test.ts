import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DiskFile } from '../devices/disk-file.ts';
import { distort, type Lies, survives } from './lies.ts';
import { LyingDisk } from './lying-disk.ts';

const sizeBytes = 2 ** 20;

/** What qemu-io prints, and what the disk's file holds once it is gone. */
async function after(lies: Lies, commands: readonly string[]): Promise<{ said: string; content: Buffer }> {
  const file = DiskFile.blank(sizeBytes);
  const disk = await LyingDisk.start({ path: file.path, sizeBytes, lies });
  const address = `driver=nbd,server.type=unix,server.path=${disk.name},server.abstract=on`;
  const { all } = await execa('qemu-io', ['--image-opts', address, '-t', 'writeback', ...commands.flatMap((each) => ['-c', each])], {
    all: true,
    reject: false,
  });
  disk[Symbol.dispose]();
  await disk.atRest;
  const content = await readFile(file.path);
  file[Symbol.dispose]();
  return { said: all, content };
}

/** qemu-io flushes at its end: this ends it before. */
const cut = 'abort';
const bytesAt = (content: Buffer, ...positions: number[]): number[] => positions.map((position) => content[position] as number);

test('an honest one keeps what was flushed, or written with FUA, and loses the rest at a power cut', async () => {
  const { said, content } = await after({ seed: 1 }, [
    'write -P 1 0 4k',
    'write -P 2 4k 8k',
    'flush',
    'write -P 3 0 4k',
    'write -f -P 4 12k 4k',
    'read -P 3 0 4k',
    'read -P 4 12k 4k',
    'read -P 0 64k 4k',
    cut,
  ]);
  expect(said).not.toMatch(/verification failed|error/i);
  expect(bytesAt(content, 0, 4096, 12_287, 12_288, 16_384)).toEqual([1, 2, 2, 4, 0]);
});

test('one that ignores flushes answers them, and has kept nothing', async () => {
  const { said, content } = await after({ seed: 1, ignoresFlushes: true }, [
    'write -P 1 0 4k',
    'flush',
    'write -f -P 2 4k 4k',
    'read -P 1 0 4k',
    cut,
  ]);
  expect(said).not.toMatch(/verification failed|error/i);
  expect(content.equals(Buffer.alloc(sizeBytes))).toBe(true);
});

test('writes are lost, torn and corrupted, only where they are to be, and the same ones for the same seed', async () => {
  const lost = await after({ seed: 1, loses: 1, sectors: { from: 8, count: 8 } }, ['write -P 1 0 4k', 'write -P 2 4k 4k', 'flush']);
  expect(bytesAt(lost.content, 0, 4096)).toEqual([1, 0]);
  const torn = await after({ seed: 1, tears: 1 }, ['write -P 1 0 64k', 'flush']);
  const whole = torn.content.lastIndexOf(1) + 1;
  expect(whole % 512).toBe(0);
  expect(whole).toBeGreaterThan(0);
  expect(whole).toBeLessThan(65_536);
  const corrupted = await after({ seed: 1, corrupts: 1 }, ['write -P 255 0 4k', 'flush']);
  expect(corrupted.content.subarray(0, 4096).filter((byte) => byte !== 255)).toHaveLength(1);
  const some: Lies = { seed: 7, loses: 0.5 };
  const many = Array.from({ length: 32 }, (_, index) => `write -P 1 ${index * 4}k 4k`);
  const [first, second, other] = [
    await after(some, [...many, 'flush']),
    await after(some, [...many, 'flush']),
    await after({ ...some, seed: 8 }, [...many, 'flush']),
  ];
  expect(first.content.equals(second.content)).toBe(true);
  expect(first.content.equals(other.content)).toBe(false);
});

test('a power cut leaves some of what was not flushed: later writes without earlier ones', async () => {
  const many = Array.from({ length: 32 }, (_, index) => `write -P ${index + 1} ${index * 4}k 4k`);
  const { content } = await after({ seed: 3, survivors: 0.5 }, [...many, cut]);
  const there = Array.from({ length: 32 }, (_, index) => content[index * 4096] !== 0);
  expect(there.slice(there.indexOf(false))).toContain(true);
  expect(there).toContain(false);
});

test('what lies beyond the end is refused', async () => {
  const { said } = await after({ seed: 1 }, [`read ${sizeBytes - 512} 1k`, `write ${sizeBytes} 512`]);
  expect(said.match(/(?:read|write) failed: /g)).toHaveLength(2);
});

test('a client that speaks something else, or none, is the end of it', async () => {
  const file = DiskFile.blank(sizeBytes);
  const disk = await LyingDisk.start({ path: file.path, sizeBytes, lies: { seed: 1 } });
  disk[Symbol.dispose]();
  await disk.atRest;
});

test('about the share of writes that was asked for is lied about', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const data = Buffer.alloc(512);
      const numbers = Array.from({ length: 2_000 }, (_, index) => index);
      const lost = numbers.filter((number) => distort({ seed, loses: 0.25 }, number, 0, data) === undefined).length;
      const kept = numbers.filter((number) => survives({ seed, survivors: 0.25 }, number)).length;
      // Of 2,000 coin flips at 1/4 the deviation is 19: seven of them come by once in 10^11.
      for (const count of [lost, kept]) expect(Math.abs(count - 500)).toBeLessThan(140);
    }),
    { numRuns: 20 },
  );
});
