import { type SymbolEntry, SymbolTable } from './symbols.ts';

/** System V ABI, "Object Files"; machines: AArch64 and x86-64. */
const machines: ReadonlySet<number> = new Set([183, 62]);
const sectionSymtab = 2;
const flagExecutable = 0x4n;
const sectionHeaderBytes = 64;
const symbolBytes = 24;
const typeNone = 0;
const typeFunction = 2;

interface Section {
  readonly type: number;
  readonly isCode: boolean;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * Reads the functions out of an ELF file's `.symtab`, and assembly's labels in its code. Undefined where the file is no 64-bit
 * little-endian ELF file for AArch64 or x86-64, is cut short, or has no symbol table (stripped).
 */
export function parseElfSymbols(bytes: Uint8Array): SymbolTable | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const sections = readSections(view);
    const table = sections?.find(({ type }) => type === sectionSymtab);
    const names = table && sections?.[table.link];
    if (!sections || !table || !names) return undefined;
    const entries = readSymbols(view, { sections, table, names: bytes.subarray(names.offset, names.offset + names.size) });
    return entries.length > 0 ? new SymbolTable(entries) : undefined;
  } catch (error) {
    // DataView refuses what lies outside the file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readSections(view: DataView): Section[] | undefined {
  const is64LittleEndian = view.getUint32(0) === 0x7f454c46 && view.getUint8(4) === 2 && view.getUint8(5) === 1;
  if (!is64LittleEndian || !machines.has(view.getUint16(18, true))) return undefined;
  const start = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * sectionHeaderBytes;
    return {
      type: view.getUint32(at + 4, true),
      isCode: (view.getBigUint64(at + 8, true) & flagExecutable) !== 0n,
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
    };
  });
}

function readSymbols(
  view: DataView,
  { sections, table, names }: { sections: readonly Section[]; table: Section; names: Uint8Array },
): SymbolEntry[] {
  const text = new TextDecoder('latin1').decode(names);
  const entries: SymbolEntry[] = [];
  for (let at = table.offset; at + symbolBytes <= table.offset + table.size; at += symbolBytes) {
    const type = view.getUint8(at + 4) & 0xf;
    const isCode = sections[view.getUint16(at + 6, true)]?.isCode === true;
    if (type !== typeFunction && !(type === typeNone && isCode)) continue;
    const nameAt = view.getUint32(at, true);
    const end = text.indexOf('\0', nameAt);
    const name = text.slice(nameAt, end === -1 ? nameAt : end);
    if (name === '' || name.startsWith('$') || name.startsWith('.L')) continue;
    entries.push({ address: view.getBigUint64(at + 8, true), name, size: Number(view.getBigUint64(at + 16, true)) });
  }
  return entries;
}
