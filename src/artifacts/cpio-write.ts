import { checkEntries } from './cpio-check.ts';
import type { CpioEntry } from './cpio-entry.ts';
import { align4, fileTypes, formatHeader, headerBytes, trailerName, type CpioHeader } from './cpio-header.ts';

/**
 * Writes a newc archive. Equal entries give equal bytes: inode numbers count up in the entries' order, and nothing is
 * taken from the host.
 * @throws BringupError `artifact-failed`, naming the entry that can't be written.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  checkEntries(entries);
  const groups = groupLinks(entries);
  const records = entries.map((entry) => recordOf(entry, groups.get(entry.type === 'hardlink' ? entry.target : entry.path)!));
  return layOut([...records, { name: trailerName, header: { nlink: 1 }, data: noData }]);
}

interface Record {
  readonly name: string;
  readonly header: Partial<CpioHeader>;
  readonly data: Uint8Array;
}

/** A node and all its names. */
interface LinkGroup {
  readonly ino: number;
  readonly node: Exclude<CpioEntry, { type: 'hardlink' }>;
  nlink: number;
  lastPath: string;
}

const noData = new Uint8Array();

function groupLinks(entries: readonly CpioEntry[]): Map<string, LinkGroup> {
  const groups = new Map<string, LinkGroup>();
  for (const entry of entries) {
    if (entry.type === 'hardlink') {
      const group = groups.get(entry.target)!;
      group.nlink += 1;
      group.lastPath = entry.path;
    } else {
      groups.set(entry.path, { ino: groups.size + 1, node: entry, nlink: entry.type === 'directory' ? 2 : 1, lastPath: entry.path });
    }
  }
  return groups;
}

function recordOf({ path }: CpioEntry, { ino, node, nlink, lastPath }: LinkGroup): Record {
  const { type, mode, uid, gid, mtime } = node;
  const device = 'major' in node ? { rdevMajor: node.major, rdevMinor: node.minor } : {};
  // As cpio does it, a file's last name carries its data.
  const data = path === lastPath ? contentOf(node) : noData;
  return { name: path, header: { ino, mode: fileTypes[type] | mode, uid, gid, nlink, mtime, ...device }, data };
}

function contentOf(node: LinkGroup['node']): Uint8Array {
  if (node.type === 'file') return node.data;
  return node.type === 'symlink' ? new TextEncoder().encode(node.target) : noData;
}

function layOut(records: readonly Record[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = records.map(({ name, header, data }) => {
    const nameBytes = encoder.encode(`${name}\0`);
    const text = encoder.encode(formatHeader({ ...header, fileSize: data.length, nameSize: nameBytes.length }));
    return { text, nameBytes, data };
  });
  const sizeOf = (part: (typeof parts)[number]) => align4(headerBytes + part.nameBytes.length) + align4(part.data.length);
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + sizeOf(part), 0));
  let offset = 0;
  for (const part of parts) {
    archive.set(part.text, offset);
    archive.set(part.nameBytes, offset + headerBytes);
    archive.set(part.data, offset + align4(headerBytes + part.nameBytes.length));
    offset += sizeOf(part);
  }
  return archive;
}
