/** A place in code by its symbol. */
export interface SymbolPlace {
  readonly name: string;
  /** From the symbol's start, in bytes. */
  readonly offset: number;
  /** The module it is in; absent for the kernel itself. */
  readonly module?: string;
}

/** Tells which function an address lies in. */
export interface Symbols {
  /** Undefined where no symbol covers the address. */
  at(address: bigint): SymbolPlace | undefined;
  /** `do_exit+0x1c`, `lkm_init+0x10 [lkm]`; the address itself (`0x400a1b2c`) where no symbol covers it. */
  describe(address: bigint): string;
}

/** As kernels' own reports have it: `cpu_do_idle+0x10`, with ` [module]` where it is in one. */
export function describePlace(address: bigint, place: SymbolPlace | undefined): string {
  if (place === undefined) return `0x${address.toString(16)}`;
  return `${place.name}+0x${place.offset.toString(16)}${place.module === undefined ? '' : ` [${place.module}]`}`;
}

export interface SymbolEntry {
  readonly address: bigint;
  readonly name: string;
  /** In bytes; 0 where it reaches to the next symbol. */
  readonly size: number;
  readonly module?: string;
}

/** How far a symbol of unknown size reaches where none follows, in bytes. */
const lastSymbolBytes = 0x1_0000n;

/** A table of symbols; of several with one address the first counts. */
export class SymbolTable implements Symbols {
  readonly #entries: readonly SymbolEntry[];
  readonly #addresses: BigUint64Array;

  constructor(entries: readonly SymbolEntry[]) {
    const sorted = entries.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#entries = sorted.filter(({ address }, index) => index === 0 || sorted[index - 1]?.address !== address);
    this.#addresses = BigUint64Array.from(this.#entries, ({ address }) => address);
  }

  /** How many places have a name. */
  get size(): number {
    return this.#entries.length;
  }

  at(address: bigint): SymbolPlace | undefined {
    const index = this.#lastUpTo(address);
    const entry = this.#entries[index];
    if (entry === undefined) return undefined;
    const offset = address - entry.address;
    const known = entry.size > 0 ? BigInt(entry.size) : index + 1 < this.#entries.length ? undefined : lastSymbolBytes;
    if (known !== undefined && offset >= known) return undefined;
    return { name: entry.name, offset: Number(offset), ...(entry.module === undefined ? {} : { module: entry.module }) };
  }

  describe(address: bigint): string {
    return describePlace(address, this.at(address));
  }

  /** Index of the last entry that begins at or before the address; -1 where there is none. */
  #lastUpTo(address: bigint): number {
    let [low, high] = [0, this.#addresses.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#addresses[middle] as bigint) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
