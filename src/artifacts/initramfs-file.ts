import { gunzipSync, gzipSync } from 'node:zlib';
import { BringupError } from '../model/errors.ts';
import type { CpioEntry } from './cpio-entry.ts';
import { readCpio } from './cpio-read.ts';
import { writeCpio } from './cpio-write.ts';

export interface InitramfsFormat {
  /** Compress the archive. The file is half as big, but the guest unpacks it in TCG's time. @default false */
  gzip?: boolean;
}

/**
 * An initramfs as a file's bytes, the same for equal entries: no time and no file name in the header, RFC 1952's
 * "unknown" for the system. (Compressed, the bytes also depend on the zlib that is part of Node.)
 * @throws BringupError `artifact-failed`, naming the entry that can't be written.
 */
export function encodeInitramfs(entries: readonly CpioEntry[], { gzip = false }: InitramfsFormat = {}): Uint8Array {
  const archive = writeCpio(entries);
  if (!gzip) return archive;
  const compressed = gzipSync(archive, { level: 9 });
  const operatingSystem = 9;
  compressed[operatingSystem] = 255;
  return compressed;
}

/**
 * Reads an initramfs, compressed with gzip or not.
 * @throws BringupError `image-invalid`.
 */
export function decodeInitramfs(bytes: Uint8Array): CpioEntry[] {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return readCpio(isGzip ? gunzip(bytes) : bytes);
}

function gunzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new BringupError('image-invalid', `initramfs: its gzip data can’t be unpacked (${(error as Error).message})`, {
      hint: 'the file may be cut short; make or copy it again.',
      cause: error,
    });
  }
}
