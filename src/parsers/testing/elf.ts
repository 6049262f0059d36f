/** A symbol of the file that `elfFile` makes. */
export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  /** `STT_FUNC` 2, `STT_NOTYPE` 0, `STT_OBJECT` 1. */
  readonly type: number;
  /** 1 is the code, 2 the data. */
  readonly section: number;
}

/** A 64-bit little-endian ELF file with a symbol table and nothing else in it. Sections: none, code, data, .symtab, .strtab. */
export function elfFile(symbols: readonly ElfSymbol[], machine = 183): Uint8Array {
  const names = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`);
  const table = Buffer.alloc(24 * (symbols.length + 1));
  let nameAt = 1;
  for (const [index, { name, address, size, type, section }] of symbols.entries()) {
    const at = 24 * (index + 1);
    table.writeUInt32LE(nameAt, at);
    table.writeUInt8(type, at + 4);
    table.writeUInt16LE(section, at + 6);
    table.writeBigUInt64LE(address, at + 8);
    table.writeBigUInt64LE(BigInt(size), at + 16);
    nameAt += Buffer.byteLength(name) + 1;
  }
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(64n, 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(5, 60);
  const start = 64 + 5 * 64;
  const sections = [
    section({}),
    section({ type: 1, flags: 6n }),
    section({ type: 1, flags: 3n }),
    section({ type: 2, offset: start, size: table.length, link: 4 }),
    section({ type: 3, offset: start + table.length, size: names.length }),
  ];
  return Buffer.concat([header, ...sections, table, names]);
}

function section({ type = 0, flags = 0n, offset = 0, size = 0, link = 0 }): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(type, 4);
  header.writeBigUInt64LE(flags, 8);
  header.writeBigUInt64LE(BigInt(offset), 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  header.writeUInt32LE(link, 40);
  return header;
}
