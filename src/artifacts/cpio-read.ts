import { BringupError } from '../model/errors.ts';
import type { CpioEntry } from './cpio-entry.ts';
import {
  align4,
  type CpioHeader,
  fileTypeMask,
  fileTypes,
  headerBytes,
  magics,
  maxPathBytes,
  parseHeader,
  trailerName,
} from './cpio-header.ts';

/**
 * Reads newc archives, with checksums or without, one or several after another with zeros between them: what Linux
 * unpacks as an initramfs. Each file's first name is the file, its other names are hard links.
 * @throws BringupError `image-invalid`, with the offset of what is wrong.
 */
export function readCpio(bytes: Uint8Array): CpioEntry[] {
  const entries: CpioEntry[] = [];
  let offset = skipZeros(bytes, 0);
  while (offset < bytes.length) {
    const archive = readArchive(bytes, offset);
    for (const entry of archive.entries) entries.push(entry);
    offset = skipZeros(bytes, archive.end);
  }
  return entries;
}

interface ArchiveRecord {
  readonly offset: number;
  readonly name: string;
  readonly header: CpioHeader;
  readonly data: Uint8Array;
  readonly end: number;
}

function readArchive(bytes: Uint8Array, start: number): { entries: CpioEntry[]; end: number } {
  const records: ArchiveRecord[] = [];
  for (let offset = start; ; ) {
    const record = readRecord(bytes, offset);
    if (record.name === trailerName) return { entries: toEntries(records), end: record.end };
    records.push(record);
    offset = record.end;
  }
}

function readRecord(bytes: Uint8Array, offset: number): ArchiveRecord {
  const text = (from: number, to: number) => Buffer.from(take(bytes, from, to, offset)).toString('latin1');
  const magic = text(offset, offset + 6);
  if (!(magics as readonly string[]).includes(magic))
    throw invalid(offset, `expected the magic 070701 or 070702, got ${JSON.stringify(magic)}`);
  const header = parseHeader(text(offset + 6, offset + headerBytes));
  if (header === undefined) throw invalid(offset, 'a header field is not eight hexadecimal digits');
  if (header.nameSize < 2 || header.nameSize > maxPathBytes)
    throw invalid(offset, `a name of ${header.nameSize} bytes; expected 2 to ${maxPathBytes}`);
  const nameStart = offset + headerBytes;
  const name = readName(take(bytes, nameStart, nameStart + header.nameSize, offset), offset);
  const dataStart = align4(nameStart + header.nameSize);
  const dataEnd = dataStart + header.fileSize;
  const data = take(bytes, dataStart, dataEnd, offset);
  const isFile = (header.mode & fileTypeMask) === fileTypes.file;
  if (magic === '070702' && isFile && sumOf(data) !== header.check) {
    throw invalid(offset, `the data of ${JSON.stringify(name)} does not sum up to its checksum`);
  }
  return { offset, name, header, data, end: Math.min(align4(dataEnd), bytes.length) };
}

const sumOf = (data: Uint8Array): number => data.reduce((sum, byte) => (sum + byte) >>> 0, 0);

function readName(bytes: Uint8Array, offset: number): string {
  if (bytes.indexOf(0) !== bytes.length - 1) throw invalid(offset, 'a name that does not end at its first zero byte');
  const name = decodeUtf8(bytes.subarray(0, -1), offset);
  const path = name.replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');
  if (path.split('/').includes('..')) throw invalid(offset, `the name ${JSON.stringify(name)} leads out of the archive`);
  return path === '' ? '.' : path;
}

function toEntries(records: readonly ArchiveRecord[]): CpioEntry[] {
  const firstNames = new Map<string, string>();
  const contents = new Map<string, Uint8Array>();
  for (const { header, data } of records) if (data.length > 0) contents.set(identity(header), data);
  return records.map((record) => {
    const { header, name } = record;
    const isLinked = typeOf(record) === 'file' && header.nlink > 1;
    const first = isLinked ? firstNames.get(identity(header)) : undefined;
    if (first !== undefined) return { type: 'hardlink', path: name, target: first };
    if (isLinked) firstNames.set(identity(header), name);
    return toNode(record, isLinked ? (contents.get(identity(header)) ?? record.data) : record.data);
  });
}

function toNode(record: ArchiveRecord, data: Uint8Array): CpioEntry {
  const { header, name: path, offset } = record;
  const common = { path, mode: header.mode & ~fileTypeMask, uid: header.uid, gid: header.gid, mtime: header.mtime };
  const type = typeOf(record);
  switch (type) {
    case 'file':
      return { type, ...common, data: new Uint8Array(data) };
    case 'symlink':
      return { type, ...common, target: decodeUtf8(data, offset) };
    case 'char-device':
    case 'block-device':
      return { type, ...common, major: header.rdevMajor, minor: header.rdevMinor };
    default:
      return { type, ...common };
  }
}

function typeOf({ header, offset }: ArchiveRecord): keyof typeof fileTypes {
  const bits = header.mode & fileTypeMask;
  const found = Object.entries(fileTypes).find(([, value]) => value === bits);
  if (!found || header.mode > 0o177777) throw invalid(offset, `mode 0o${header.mode.toString(8)} is of no known file type`);
  return found[0] as keyof typeof fileTypes;
}

const identity = ({ devMajor, devMinor, ino }: CpioHeader): string => `${devMajor}:${devMinor}:${ino}`;

function skipZeros(bytes: Uint8Array, from: number): number {
  let offset = from;
  while (bytes[offset] === 0) offset += 1;
  return offset;
}

function take(bytes: Uint8Array, from: number, to: number, recordOffset: number): Uint8Array {
  if (to <= bytes.length) return bytes.subarray(from, to);
  throw invalid(recordOffset, `the archive ends at ${bytes.length}, inside a record that needs ${to} bytes`);
}

function decodeUtf8(bytes: Uint8Array, offset: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalid(offset, 'a name that is not UTF-8', error);
  }
}

function invalid(offset: number, what: string, cause?: unknown): BringupError {
  return new BringupError('image-invalid', `initramfs archive, byte ${offset}: ${what}`, {
    hint: 'give a whole, uncompressed cpio archive of the newc format (`cpio -o -H newc`).',
    cause,
  });
}
