import { type FileHandle, open } from 'node:fs/promises';
import { type KernelSymbol, readKallsyms } from './kallsyms.ts';
import { digitTokens, indexBytes, maxTableBytes, readTokens } from './kallsyms-tokens.ts';

const pieceBytes = 2 ** 20;
/** More than the tables of a kernel with all options take, before its tokens as well as behind. */
const tablesBytes = 16 * 2 ** 20;
/** Places that look like tokens, after which memory is given up: a hundred times as many as a Linux has. */
const maxPlaces = 1_000;

/**
 * The symbols of the Linux kernel in a file that has a guest's memory, whatever is before, between and behind: found by their tokens,
 * without the guest's help. Undefined where there are none (another kernel, one without CONFIG_KALLSYMS).
 */
export async function kernelSymbolsIn(path: string): Promise<KernelSymbol[] | undefined> {
  const file = await open(path, 'r');
  try {
    let places = 0;
    for await (const digitsAt of placesOf(digitTokens, file)) {
      places += 1;
      if (places > maxPlaces) return undefined;
      const symbols = await symbolsAround(file, digitsAt);
      if (symbols) return symbols;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

async function* placesOf(bytes: Buffer, file: FileHandle): AsyncGenerator<number> {
  const buffer = Buffer.alloc(pieceBytes);
  for (let from = 0; ; from += pieceBytes - (bytes.length - 1)) {
    const { bytesRead } = await file.read(buffer, 0, pieceBytes, from);
    const piece = buffer.subarray(0, bytesRead);
    for (let at = piece.indexOf(bytes); at !== -1; at = piece.indexOf(bytes, at + 1)) yield from + at;
    if (bytesRead < pieceBytes) return;
  }
}

async function symbolsAround(file: FileHandle, digitsAt: number): Promise<KernelSymbol[] | undefined> {
  // Most of what looks like the digits is something else: a look at the tokens comes first.
  const tableFrom = Math.max(0, digitsAt - maxTableBytes);
  const table = await readPiece(file, tableFrom, digitsAt + maxTableBytes + 2 * indexBytes);
  const found = readTokens(table, digitsAt - tableFrom);
  if (found === undefined) return undefined;
  const indexAt = tableFrom + found.indexAt;
  // A multiple of 8 away from the index.
  const from = indexAt - Math.min(tablesBytes, Math.floor(indexAt / 8) * 8);
  const moved = tableFrom - from;
  const tokens = { ...found, start: found.start + moved, indexAt: found.indexAt + moved };
  return readKallsyms(await readPiece(file, from, indexAt + tablesBytes), tokens);
}

async function readPiece(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}
