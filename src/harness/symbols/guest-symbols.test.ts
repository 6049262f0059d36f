import { expect, test } from 'vitest';
import { codeOf, GuestSymbols } from './guest-symbols.ts';

const base = 0xffff_a0c0_0800_0000n;
const at = (offset: number): bigint => base + BigInt(offset);

const code = codeOf([
  { address: at(0), type: 'T', name: 'cpu_do_idle' },
  { address: at(0x20), type: 'w', name: 'arch_cpu_idle' },
  { address: at(0x20), type: 'T', name: 'alias' },
  { address: at(0x60), type: 'D', name: 'data' },
  { address: at(0x80), type: 't', name: 'last' },
  { address: at(0x90), type: 'T', name: '_end' },
]);
const symbols = GuestSymbols.of([...code, { address: at(0x1000), name: 'probe', size: 8, module: 'virtio_blk' }]);

test.each([
  [at(0), 'cpu_do_idle+0x0'],
  [at(0x1c), 'cpu_do_idle+0x1c'],
  [at(0x1f), 'cpu_do_idle+0x1f'],
  [at(0x20), 'arch_cpu_idle+0x0'],
  [at(0x5f), 'arch_cpu_idle+0x3f'],
  [at(0x60), undefined],
  [at(0x8f), 'last+0xf'],
  [at(0x90), undefined],
  [at(0x1007), 'probe+0x7 [virtio_blk]'],
  [at(0x1008), undefined],
  [at(-1), undefined],
  [0n, undefined],
  [2n ** 64n - 1n, undefined],
])('%s is %s', (address, name) => {
  expect(symbols.describe(address)).toBe(name);
});

test('a place has its symbol’s size, and its module', () => {
  expect(symbols.at(at(0x24))).toEqual({ name: 'arch_cpu_idle', offset: 4, size: 0x40 });
  expect(symbols.at(at(0x1004))).toEqual({ name: 'probe', offset: 4, size: 8, module: 'virtio_blk' });
});

test('what was packed says the same', () => {
  const unpacked = GuestSymbols.unpacked(symbols.packed);
  for (let offset = -1; offset < 0x1010; offset++) expect(unpacked.at(at(offset))).toEqual(symbols.at(at(offset)));
  expect(GuestSymbols.unpacked(GuestSymbols.of([]).packed).at(base)).toBeUndefined();
});
