import { indexBytes, type Tokens } from './kallsyms-tokens.ts';

/** A symbol as its kernel has it. */
export interface KernelSymbol {
  readonly address: bigint;
  /** As nm(1) has it: `T` and `t` are text, `W` and `w` weak. */
  readonly type: string;
  readonly name: string;
}

interface Names {
  /** Where `kallsyms_num_syms` is. */
  readonly countAt: number;
  /** Where each name begins, and the last one ends. */
  readonly positions: Uint32Array;
}

/** Each so many names there is a marker with the position. */
const markerDistance = 256;
const kernelHalf = 0xffff_0000_0000_0000n;
/** Names that are looked at before memory without a symbol table is given up: a hundred times what it takes. */
const patience = 2 ** 26;

/**
 * All symbols of a Linux kernel for a 64-bit little-endian machine, in order of their addresses as the machine has them (where it was
 * loaded is in the table). `memory` is a piece of the guest's around `tokens`; undefined where it has no such table.
 * (Linux from 4.20 on: scripts/kallsyms.c writes it, kernel/kallsyms.c reads it)
 */
export function readKallsyms(memory: Buffer, tokens: Tokens): KernelSymbol[] | undefined {
  const names = findNames(memory, tokens);
  const addresses = names && findAddresses(memory, tokens, names);
  return (
    addresses && Array.from(addresses, (address, index) => ({ address, ...symbolAt(memory, names.positions[index] as number, tokens) }))
  );
}

/** Backwards from the tokens: between them and the names are the markers, in some versions also the order by name. */
function findNames(memory: Buffer, { start }: Tokens): Names | undefined {
  const budget = { left: patience };
  for (let countAt = aligned(start) - 16; countAt >= 0 && budget.left > 0; countAt -= 8) {
    const count = memory.readUInt32LE(countAt);
    if (count <= markerDistance || count > start - countAt || memory.readUInt32LE(countAt + 4) !== 0) continue;
    const namesAt = countAt + 8;
    const marked = walk(memory, namesAt, markerDistance, start, budget);
    const end = marked && walk(memory, marked, count - markerDistance, start, budget);
    if (marked === undefined || end === undefined) continue;
    const markersAt = aligned(end);
    if (memory.readUInt32LE(markersAt) !== 0 || memory.readUInt32LE(markersAt + 4) !== marked - namesAt) continue;
    return { countAt, positions: positionsOf(memory, namesAt, count) };
  }
  return undefined;
}

/** Where so many names end; undefined where they are none, or end too late to have two markers behind them. */
function walk(memory: Buffer, from: number, count: number, limit: number, budget: { left: number }): number | undefined {
  let at = from;
  for (let name = 0; name < count; name++) {
    if (at >= limit || memory[at] === 0 || budget.left-- <= 0) return undefined;
    at = endOf(memory, at);
  }
  return aligned(at) + 8 <= limit ? at : undefined;
}

function positionsOf(memory: Buffer, from: number, count: number): Uint32Array {
  const positions = new Uint32Array(count + 1);
  let at = from;
  for (let name = 0; name < count; name++) {
    positions[name] = at;
    at = endOf(memory, at);
  }
  positions[count] = at;
  return positions;
}

/** A name's length takes one byte, from 128 on two (ULEB128). */
function headerBytes(memory: Buffer, at: number): number {
  return (memory[at] as number) < 0x80 ? 1 : 2;
}

function endOf(memory: Buffer, at: number): number {
  const first = memory[at] as number;
  return first < 0x80 ? at + 1 + first : at + 2 + ((first & 0x7f) | ((memory[at + 1] as number) << 7));
}

/** The first character of a name is its type. */
function symbolAt(memory: Buffer, position: number, { texts }: Tokens): Omit<KernelSymbol, 'address'> {
  const end = endOf(memory, position);
  let text = '';
  for (let at = position + headerBytes(memory, position); at < end; at++) text += texts[memory[at] as number];
  return { type: text.charAt(0), name: text.slice(1) };
}

/** Up to Linux 6.3 before the names, from 6.4 on behind the tokens: an offset for each symbol, then the address that they count from. */
function findAddresses(memory: Buffer, { indexAt }: Tokens, { countAt, positions }: Names): BigUint64Array | undefined {
  const count = positions.length - 1;
  const sizeBytes = aligned(4 * count);
  for (const at of [countAt - 8 - sizeBytes, indexAt + indexBytes]) {
    if (at < 0 || at + sizeBytes + 8 > memory.length) continue;
    const base = memory.readBigUInt64LE(at + sizeBytes);
    const addresses = base < kernelHalf ? undefined : addressesAt(memory, at, count, base);
    if (addresses) return addresses;
  }
  return undefined;
}

/** Where some offsets are negative, the others are addresses: those of per-CPU variables. (kernel/kallsyms.c: kallsyms_sym_address) */
function addressesAt(memory: Buffer, at: number, count: number, base: bigint): BigUint64Array | undefined {
  const offsets = Int32Array.from({ length: count }, (_, index) => memory.readInt32LE(at + 4 * index));
  const hasAbsolute = offsets.some((offset) => offset < 0);
  const addresses = BigUint64Array.from(offsets, (offset) => {
    if (!hasAbsolute) return base + BigInt(offset);
    return offset < 0 ? base - 1n - BigInt(offset) : BigInt(offset);
  });
  return addresses.every((address, index) => index === 0 || address >= (addresses[index - 1] as bigint)) ? addresses : undefined;
}

function aligned(position: number): number {
  return Math.ceil(position / 8) * 8;
}
