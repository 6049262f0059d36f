import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashDetector } from './crash.ts';
import { parseElfSymbols } from './elf-symbols.ts';
import { parseKallsyms } from './kallsyms.ts';
import { type SymbolEntry, SymbolTable } from './symbols.ts';
import { elfFile } from './testing/elf.ts';
import { linesOf } from './testing/replay.ts';

const func = { type: 2, section: 1 } as const;
const elf = elfFile([
  { ...func, name: 'second', address: 0x40_0a_1f_00n, size: 0x10 },
  { ...func, name: 'first', address: 0x40_0a_1b_00n, size: 0x80 },
  { name: 'vectors', address: 0x40_0a_20_00n, size: 0, type: 0, section: 1 },
  { name: '$x', address: 0x40_0a_20_10n, size: 0, type: 0, section: 1 },
  { name: 'some_data', address: 0x40_0a_30_00n, size: 8, type: 1, section: 2 },
  { name: 'label_in_data', address: 0x40_0a_30_00n, size: 0, type: 0, section: 2 },
]);

describe('an ELF file', () => {
  test.each([183, 62])('of machine %i gives functions and the labels of its code', (machine) => {
    const bytes = elf.slice();
    bytes[18] = machine;
    const symbols = parseElfSymbols(bytes);
    expect(symbols?.size).toBe(3);
    expect(symbols?.at(0x400a1b2cn)).toEqual({ name: 'first', offset: 0x2c });
    expect(symbols?.describe(0x400a1f00n)).toBe('second+0x0');
    expect(symbols?.at(0x400a2014n)).toEqual({ name: 'vectors', offset: 0x14 });
  });

  test.each([0x400a1affn, 0x400a1b80n, 0x400a1f10n, 0x401b2000n, 0n, 2n ** 64n - 1n])('has no name for %x', (address) => {
    expect(parseElfSymbols(elf)?.at(address)).toBeUndefined();
    expect(parseElfSymbols(elf)?.describe(address)).toBe(`0x${address.toString(16)}`);
  });

  test('that is another, stripped, or cut short gives none', () => {
    const other = elf.slice();
    other[18] = 40;
    for (const bytes of [new Uint8Array(), other, elfFile([]), elf.subarray(0, 200), Buffer.from('\x7fELF')]) {
      expect(parseElfSymbols(bytes)).toBeUndefined();
    }
    for (let length = 0; length < elf.length; length += 7) parseElfSymbols(elf.subarray(0, length));
  });

  test('never throws, whatever is in it', () => {
    const change = fc.array(fc.tuple(fc.nat(elf.length - 1), fc.nat(255)), { maxLength: 20 });
    const property = fc.property(change, (changes) => {
      const bytes = elf.slice();
      for (const [at, value] of changes) bytes[at] = value;
      parseElfSymbols(bytes)?.at(0x400a1b2cn);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});

describe('/proc/kallsyms', () => {
  const text =
    'ffff800008010000 T _stext\nffff800008010040 t do_thing\r\nffff800008010040 T its_alias\nffffb1d2c7a40000 t lkm_init\t[lkm]\nnonsense\nffffb1d2c7a40010 t $x\t[lkm]\n';

  test('gives functions and their modules', () => {
    const symbols = parseKallsyms(text);
    expect(symbols?.at(0xffff800008010050n)).toEqual({ name: 'do_thing', offset: 0x10 });
    expect(symbols?.describe(0xffffb1d2c7a40010n)).toBe('lkm_init+0x10 [lkm]');
    expect(symbols?.at(0xffffb1d2d7a40010n)).toBeUndefined();
  });

  test('that hides the addresses, or is none, gives none', () => {
    expect(parseKallsyms(text.replace(/^ffff\w+/gm, '0000000000000000'))).toBeUndefined();
    expect(parseKallsyms('hello\n')).toBeUndefined();
  });
});

test('every address finds the last symbol that begins at or before it', () => {
  const address = fc.bigInt({ min: 0n, max: 200n });
  const entry = fc.record({ address, name: fc.string({ minLength: 1 }), size: fc.constant(0) });
  const property = fc.property(fc.array(entry, { maxLength: 30 }), address, (entries: SymbolEntry[], wanted) => {
    const before = entries.filter((one) => one.address <= wanted).map((one) => one.address);
    const nearest = before.reduce<bigint | undefined>((best, one) => (best === undefined || one > best ? one : best), undefined);
    const first = entries.find((one) => one.address === nearest);
    const expected = first && { name: first.name, offset: Number(wanted - first.address) };
    expect(new SymbolTable(entries).at(wanted)).toEqual(expected);
  });
  fc.assert(property, { numRuns: 1000 });
});

describe('crash reports', () => {
  const symbols = parseElfSymbols(elf);
  const report = (...lines: string[]) => {
    const detector = new CrashDetector([], { symbols });
    return [...linesOf(...lines).flatMap((line) => detector.line(line)), ...detector.end()].at(-1);
  };

  test('of SIS get names', () => {
    const exception = report('Unhandled exception: EC=0x25, ESR=0x96000045, PC=0x400a1b2c');
    expect(exception).toMatchObject({ title: 'Unhandled exception: EC=0x25 in first', function: 'first' });
    const banner = `!!!${' '.repeat(24)}KERNEL PANIC${' '.repeat(38)}!!!`;
    expect(report(banner, 'STACK TRACE:', '-----', '  #0: 00000000400a1f04', '  #1: 00000000400c0000')).toMatchObject({
      function: 'second',
      frames: ['second', '0x400c0000'],
    });
  });

  test('of a kernel at a random place are read with its offset', () => {
    const panic = report(
      '[    1.000000] Kernel panic - not syncing: x',
      '[    1.000001] Call trace:',
      '[    1.000002]  0xffff5000400a1b2c',
      '[    1.000003] Kernel Offset: 0xffff500000000000 from 0x400a0000',
    );
    expect(panic).toMatchObject({ frames: ['first'], function: 'first' });
  });

  test('keep the addresses that have no name', () => {
    expect(report('Unhandled exception: EC=0x25, ESR=0x96000045, PC=0xdead0000')).toMatchObject({ title: 'Unhandled exception: EC=0x25' });
  });
});
