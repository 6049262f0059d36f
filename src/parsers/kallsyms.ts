import { type SymbolEntry, SymbolTable } from './symbols.ts';

/** `ffff800008010000 T _stext`, `ffffb1d2c7a40000 t lkm_init\t[lkm]` (kernel/kallsyms.c, s_show). */
const line = /^([0-9a-f]{8,16}) [A-Za-z] (\S{1,512})(?:\t\[([\w-]{1,60})\])?$/;
/** What the compiler marks in the code, and no function: AArch64's mapping symbols, local labels. */
const marking = /^(?:\$[xd](?:\.|$)|\.L)/;

/**
 * Reads the text of /proc/kallsyms, or a System.map. Undefined where no address is told: to those without the right (kptr_restrict) the
 * kernel shows zeros.
 */
export function parseKallsyms(text: string): SymbolTable | undefined {
  const entries: SymbolEntry[] = [];
  let hasAddress = false;
  for (const row of text.split('\n')) {
    const match = line.exec(row.endsWith('\r') ? row.slice(0, -1) : row);
    if (match === null) continue;
    const [, hex = '', name = '', module] = match;
    if (marking.test(name)) continue;
    const address = BigInt(`0x${hex}`);
    hasAddress ||= address !== 0n;
    entries.push({ address, name, size: 0, ...(module === undefined ? {} : { module }) });
  }
  return hasAddress ? new SymbolTable(entries) : undefined;
}
