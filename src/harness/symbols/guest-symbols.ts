import { gunzipSync, gzipSync } from 'node:zlib';
import type { KernelSymbol } from './kallsyms.ts';

/** What an address belongs to. */
export interface SymbolPlace {
  readonly name: string;
  /** From the symbol's first byte to the address, in bytes. */
  readonly offset: number;
  /** Up to the next symbol, in bytes. */
  readonly size: number;
  /** The kernel module that the symbol is in. @default the kernel itself */
  readonly module?: string;
}

/** A piece of code with a name. */
export interface CodeSymbol extends Omit<SymbolPlace, 'offset'> {
  readonly address: bigint;
}

/** Names of a guest's kernel code by the addresses that this one guest and its forks have. */
export class GuestSymbols {
  #packed: Uint8Array | undefined;
  /** Sorted. Unpacked with the first question: most machines are never asked. */
  #symbols: readonly CodeSymbol[] | undefined;

  private constructor({ symbols, packed }: { symbols?: readonly CodeSymbol[]; packed?: Uint8Array }) {
    this.#symbols = symbols;
    this.#packed = packed;
  }

  /** Of those at one address the first counts. */
  static of(symbols: readonly CodeSymbol[]): GuestSymbols {
    return new GuestSymbols({ symbols: symbols.toSorted((one, other) => Number(one.address - other.address)) });
  }

  /** From what `packed` of others was. */
  static unpacked(packed: Uint8Array): GuestSymbols {
    return new GuestSymbols({ packed });
  }

  /** All of them as gzip'd text, a line each, in order: address and size (hexadecimal), name, module. */
  get packed(): Uint8Array {
    this.#packed ??= pack(this.#symbols ?? []);
    return this.#packed;
  }

  /** The code that an address is in; undefined where it is in none that is known: another program's, data, no memory. */
  at(address: bigint): SymbolPlace | undefined {
    this.#symbols ??= unpack(this.packed);
    const found = lastFrom(this.#symbols, address);
    if (found === undefined) return undefined;
    const { name, size, module } = found;
    const offset = Number(address - found.address);
    return offset < size ? { name, offset, size, ...(module !== undefined && { module }) } : undefined;
  }

  /** As the kernel's own reports have it: `cpu_do_idle+0x10`, with ` [module]` where it is in one. */
  describe(address: bigint): string | undefined {
    const place = this.at(address);
    return place && `${place.name}+0x${place.offset.toString(16)}${place.module === undefined ? '' : ` [${place.module}]`}`;
  }
}

/** A kernel's code among its symbols. Of several names for one address it is the first, as in the kernel's reports. */
export function codeOf(symbols: readonly KernelSymbol[]): CodeSymbol[] {
  const firsts = symbols.filter(({ address }, index) => address !== symbols[index - 1]?.address);
  return firsts.flatMap(({ address, type, name }, index) => {
    const next = firsts[index + 1];
    return isCode(type) && next !== undefined ? [{ address, name, size: Number(next.address - address) }] : [];
  });
}

/** (nm(1)) */
export function isCode(type: string): boolean {
  return /^[tw]$/i.test(type);
}

function pack(symbols: readonly CodeSymbol[]): Uint8Array {
  const lines = symbols.map(({ address, size, name, module = '' }) => `${address.toString(16)} ${size.toString(16)} ${name} ${module}`);
  return gzipSync(lines.join('\n'), { level: 1 });
}

function unpack(packed: Uint8Array): CodeSymbol[] {
  const lines = gunzipSync(packed).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [address = '', size = '', name = '', module = ''] = line.split(' ');
    return { address: BigInt(`0x${address}`), size: Number.parseInt(size, 16), name, ...(module !== '' && { module }) };
  });
}

/** The last of the sorted symbols that is not behind the address. */
function lastFrom(symbols: readonly CodeSymbol[], address: bigint): CodeSymbol | undefined {
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((symbols[middle] as CodeSymbol).address <= address) low = middle + 1;
    else high = middle;
  }
  return symbols[low - 1];
}
