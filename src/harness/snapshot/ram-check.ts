import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** Which parts of a RAM file are not all zero, and their checksum: most of a guest's memory was never used. */
export interface RamCheck {
  readonly sizeBytes: number;
  /** Indices of the pieces that are not all zero. */
  readonly pieces: number[];
  /** CRC-32 over those pieces, in order. */
  readonly crc32: number;
}

const pieceBytes = 1 << 20;
const zeros = Buffer.alloc(pieceBytes);

/** Reads all of the file. */
export function checkRam(path: string): Promise<RamCheck> {
  return readPieces(path);
}

/** Whether the file is as it was when `known` was made; reads only what was not zero then. Damage: a torn or truncated file. */
export async function isWhole(path: string, known: RamCheck): Promise<boolean> {
  const now = await readPieces(path, known.pieces);
  return now.sizeBytes === known.sizeBytes && now.crc32 === known.crc32;
}

async function readPieces(path: string, known?: readonly number[]): Promise<RamCheck> {
  const file = await open(path, 'r');
  try {
    const { size: sizeBytes } = await file.stat();
    const buffer = Buffer.alloc(pieceBytes);
    const pieces: number[] = [];
    let check = 0;
    for (const piece of known ?? Array.from({ length: Math.ceil(sizeBytes / pieceBytes) }, (_, index) => index)) {
      const { bytesRead } = await file.read(buffer, 0, pieceBytes, piece * pieceBytes);
      const bytes = buffer.subarray(0, bytesRead);
      if (known === undefined && bytes.equals(zeros.subarray(0, bytesRead))) continue;
      pieces.push(piece);
      check = crc32(bytes, check);
    }
    return { sizeBytes, pieces, crc32: check };
  } finally {
    await file.close();
  }
}
