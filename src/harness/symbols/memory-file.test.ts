import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KernelSymbol } from './kallsyms.ts';
import { digitTokens } from './kallsyms-tokens.ts';
import { kernelSymbolsIn } from './memory-file.ts';
import { type ImageOptions, kallsymsImage } from './testing/kallsyms-image.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-symbols-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function symbolsOf(...parts: Buffer[]): Promise<KernelSymbol[] | undefined> {
  const path = join(folder, 'memory');
  await writeFile(path, Buffer.concat(parts));
  return kernelSymbolsIn(path);
}

const base = 0xffff_ffc0_0800_0000n;
const symbols = Array.from({ length: 700 }, (_, index) => ({
  address: base + BigInt(index * 16),
  type: 'tTwWd'.charAt(index % 5),
  name: `function_${index}`,
}));
const perCpu = [{ address: 0n, type: 'A', name: 'irq_stack' }, ...symbols];
const longName = [{ address: base, type: 'T', name: '_RNv'.padEnd(400, 'x') }, ...symbols];

test.each<[string, Omit<ImageOptions, 'base'>]>([
  ['up to 6.1', { symbols }],
  ['6.2 and 6.3', { symbols, namesInOrder: true }],
  ['from 6.4 on', { symbols, offsetsLast: true }],
  ['with addresses of per-CPU variables among the offsets', { symbols: perCpu }],
  ['with a name of 400 characters', { symbols: longName, offsetsLast: true }],
])('tables of a Linux %s', async (_, options) => {
  expect(await symbolsOf(Buffer.alloc(4096), kallsymsImage({ ...options, base }))).toEqual(options.symbols);
});

test('they are found anywhere: across the pieces that are read, at no multiple of 8, behind what only looks like them', async () => {
  const image = kallsymsImage({ symbols, base });
  const digitsAt = image.indexOf(digitTokens);
  const acrossPieces = Buffer.alloc(2 ** 20 - digitsAt - 7);
  expect(await symbolsOf(acrossPieces, image)).toEqual(symbols);
  expect(await symbolsOf(Buffer.alloc(4_099, digitTokens), image, Buffer.alloc(3))).toEqual(symbols);
});

test('tables of a kernel that was not loaded are passed over for those of the one that runs', async () => {
  expect(await symbolsOf(kallsymsImage({ symbols, base: 0n }), Buffer.alloc(64), kallsymsImage({ symbols, base }))).toEqual(symbols);
});

test('memory without them has none', async () => {
  expect(await symbolsOf(Buffer.alloc(0))).toBeUndefined();
  expect(await symbolsOf(Buffer.alloc(3 * 2 ** 20, 'kernel'))).toBeUndefined();
  expect(await symbolsOf(Buffer.alloc(2 ** 20, digitTokens))).toBeUndefined();
});

test('damaged tables are none, or some; never an error', async () => {
  const image = kallsymsImage({ symbols, base });
  const position = fc.nat(image.length - 1);
  const damage = fc.array(fc.record({ at: position, byte: fc.nat(255) }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(damage, position, position, async (changes, one, other) => {
      const damaged = Buffer.from(image);
      for (const { at, byte } of changes) damaged[at] = byte;
      const found = await symbolsOf(damaged.subarray(Math.min(one, other)), damaged.subarray(0, Math.max(one, other)));
      expect(found === undefined || found.length > 0).toBe(true);
    }),
    { numRuns: 100 },
  );
});
