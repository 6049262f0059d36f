/** A kernel's tables as scripts/kallsyms.c lays them out, for tests: names are spelt with one token a character. */
export interface ImageOptions {
  readonly symbols: readonly { address: bigint; type: string; name: string }[];
  readonly base: bigint;
  /** Linux 6.4 moved the offsets behind the tokens. @default false */
  readonly offsetsLast?: boolean;
  /** Linux 6.2 and 6.3 have the order by name behind the markers: three bytes a symbol. @default false */
  readonly namesInOrder?: boolean;
}

export function kallsymsImage({ symbols, base, offsetsLast = false, namesInOrder = false }: ImageOptions): Buffer {
  const offsets = symbols.map(({ address }) =>
    address < 2n ** 32n ? Number(address) : Number(hasAbsolute(symbols) ? base - 1n - address : address - base),
  );
  const addresses = Buffer.concat([words(offsets, 4), words([base], 8)]);
  const names = symbols.map(({ type, name }) => nameOf(type + name));
  const markers = names.flatMap((_, index) =>
    index % 256 === 0 ? [names.slice(0, index).reduce((sum, each) => sum + each.length, 0)] : [],
  );
  const tokens = Array.from({ length: 256 }, (_, token) =>
    Buffer.from(`${token > 32 && token < 127 ? String.fromCharCode(token) : `unused${token}`}\0`),
  );
  const index = Buffer.alloc(512);
  tokens.reduce((at, token, number) => index.writeUInt16LE(at, 2 * number) && at + token.length, 0);
  return Buffer.concat([
    offsetsLast ? Buffer.alloc(0) : addresses,
    words([symbols.length], 4),
    padded(Buffer.concat(names)),
    words(markers, 4),
    namesInOrder ? padded(Buffer.alloc(3 * symbols.length, 1)) : Buffer.alloc(0),
    padded(Buffer.concat(tokens)),
    index,
    offsetsLast ? addresses : Buffer.alloc(0),
  ]);
}

const hasAbsolute = (symbols: ImageOptions['symbols']): boolean => symbols.some(({ address }) => address < 2n ** 32n);

function nameOf(text: string): Buffer {
  const header = text.length < 0x80 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7];
  return Buffer.concat([Buffer.from(header), Buffer.from(text, 'latin1')]);
}

function words(values: readonly (number | bigint)[], sizeBytes: 4 | 8): Buffer {
  const buffer = Buffer.alloc(values.length * sizeBytes);
  for (const [index, value] of values.entries()) {
    if (sizeBytes === 4) buffer.writeUInt32LE(Number(value) >>> 0, index * 4);
    else buffer.writeBigUInt64LE(BigInt(value), index * 8);
  }
  return padded(buffer);
}

function padded(buffer: Buffer): Buffer {
  return Buffer.concat([buffer, Buffer.alloc(-buffer.length & 7)]);
}
