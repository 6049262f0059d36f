import { checkEntries } from './cpio-check.ts';
import type { CpioEntry } from './cpio-entry.ts';
import { align4, type CpioHeader, fileTypes, formatHeader, headerBytes, trailerName } from './cpio-header.ts';

/**
 * Writes a newc archive. Equal entries give equal bytes: inode numbers count up in the entries' order, and nothing is
 * taken from the host.
 * @throws BringupError `artifact-failed`, naming the entry that can't be written.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  checkEntries(entries);
  const names = namesOfInodes(entries);
  return layOut([...names.map(recordOf), { name: trailerName, header: { nlink: 1 }, data: noData }]);
}

interface Inode {
  readonly number: number;
  readonly entry: Exclude<CpioEntry, { type: 'hardlink' }>;
  nlink: number;
  lastName: string;
}

/** One record of the archive: a name and what it names. */
interface Name {
  readonly path: string;
  readonly inode: Inode;
}

const noData = new Uint8Array();

function namesOfInodes(entries: readonly CpioEntry[]): Name[] {
  const inodes = new Map<string, Inode>();
  return entries.map((entry) => {
    const { path } = entry;
    if (entry.type !== 'hardlink') {
      const inode: Inode = { number: inodes.size + 1, entry, nlink: entry.type === 'directory' ? 2 : 1, lastName: path };
      inodes.set(path, inode);
      return { path, inode };
    }
    const inode = inodes.get(entry.target);
    if (inode === undefined) throw new TypeError(`unchecked hard link ${path}`);
    inode.nlink += 1;
    inode.lastName = path;
    return { path, inode };
  });
}

interface ArchiveRecord {
  readonly name: string;
  readonly header: Partial<CpioHeader>;
  readonly data: Uint8Array;
}

function recordOf({ path, inode }: Name): ArchiveRecord {
  const { entry, nlink, lastName, number: ino } = inode;
  const { type, mode, uid, gid, mtime } = entry;
  const device = 'major' in entry ? { rdevMajor: entry.major, rdevMinor: entry.minor } : {};
  // As cpio does it, a file's last name carries its data.
  const data = path === lastName ? contentOf(entry) : noData;
  return { name: path, header: { ino, mode: fileTypes[type] | mode, uid, gid, nlink, mtime, ...device }, data };
}

function contentOf(entry: Inode['entry']): Uint8Array {
  if (entry.type === 'file') return entry.data;
  return entry.type === 'symlink' ? new TextEncoder().encode(entry.target) : noData;
}

function layOut(records: readonly ArchiveRecord[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = records.map(({ name, header, data }) => {
    const nameBytes = encoder.encode(`${name}\0`);
    const head = encoder.encode(formatHeader({ ...header, fileSize: data.length, nameSize: nameBytes.length }));
    const dataOffset = align4(headerBytes + nameBytes.length);
    return { head, nameBytes, data, dataOffset, sizeBytes: dataOffset + align4(data.length) };
  });
  const archive = new Uint8Array(parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  let offset = 0;
  for (const { head, nameBytes, data, dataOffset, sizeBytes } of parts) {
    archive.set(head, offset);
    archive.set(nameBytes, offset + headerBytes);
    archive.set(data, offset + dataOffset);
    offset += sizeBytes;
  }
  return archive;
}
