import { BringupError } from '../model/errors.ts';
import type { CpioEntry } from './cpio-entry.ts';
import { maxField, maxPathBytes, trailerName } from './cpio-header.ts';

/** NAME_MAX. */
const maxComponentBytes = 255;

/**
 * Makes sure that an archive can be written and that the kernel can unpack it, which it does in order.
 * @throws BringupError `artifact-failed`, naming the first entry that is wrong.
 */
export function checkEntries(entries: readonly CpioEntry[]): void {
  const seen = new Map<string, CpioEntry['type']>();
  for (const entry of entries) {
    const fault = pathFault(entry.path) ?? placeFault(entry, seen) ?? contentFault(entry) ?? numberFault(entry);
    if (fault !== undefined) {
      throw new BringupError('artifact-failed', `initramfs entry ${JSON.stringify(entry.path)} ${fault}`, {
        hint: 'correct the entry; docs/artifacts.md lists the archive’s rules.',
      });
    }
    seen.set(entry.path, entry.type);
  }
}

function pathFault(path: string): string | undefined {
  if (path === '.') return undefined;
  if (path === '') return 'has an empty path';
  if (path === trailerName) return 'has the name that ends an archive';
  if (path.startsWith('/')) return 'has an absolute path; leave the leading slash out';
  if (/(^|\/)(\.{0,2})(\/|$)/.test(path)) return 'has an empty, `.` or `..` component in its path';
  return (
    textFault('path', path, maxPathBytes) ??
    (path.split('/').some((part) => utf8Bytes(part) > maxComponentBytes)
      ? `has a component of more than ${maxComponentBytes} bytes in its path`
      : undefined)
  );
}

function placeFault(entry: CpioEntry, seen: ReadonlyMap<string, CpioEntry['type']>): string | undefined {
  if (seen.has(entry.path)) return 'is there twice';
  const slash = entry.path.lastIndexOf('/');
  const parent = entry.path.slice(0, Math.max(slash, 0));
  if (slash > 0 && seen.get(parent) !== 'directory') return `comes before its directory, ${JSON.stringify(parent)}`;
  if (entry.type === 'hardlink' && seen.get(entry.target) !== 'file') {
    return `is a hard link to ${JSON.stringify(entry.target)}, which is no file that comes before it`;
  }
  return undefined;
}

function contentFault(entry: CpioEntry): string | undefined {
  if (entry.path === '.' && entry.type !== 'directory') return 'is the root, which can only be a directory';
  if (entry.type === 'symlink') return entry.target === '' ? 'has an empty target' : textFault('target', entry.target, maxPathBytes);
  if (entry.type === 'file' && entry.data.length > maxField) return `has ${entry.data.length} bytes; the format ends at 4 GiB - 1`;
  return undefined;
}

function textFault(what: string, text: string, limit: number): string | undefined {
  if (!text.isWellFormed()) return `has a lone surrogate in its ${what}`;
  if (text.includes('\0')) return `has a zero byte in its ${what}`;
  return utf8Bytes(text) + 1 > limit ? `has a ${what} of more than ${limit - 1} bytes` : undefined;
}

function numberFault(entry: CpioEntry): string | undefined {
  if (entry.type === 'hardlink') return undefined;
  const { mode, uid, gid, mtime } = entry;
  const device = entry.type === 'char-device' || entry.type === 'block-device' ? { major: entry.major, minor: entry.minor } : {};
  const wrong = Object.entries({ uid, gid, mtime, ...device }).find(([, value]) => !isBelow(value, maxField));
  if (wrong) return `has ${wrong[0]} ${wrong[1]}; expected a whole number up to 2^32 - 1`;
  return isBelow(mode, 0o7777) ? undefined : `has mode 0o${mode.toString(8)}; expected permission bits up to 0o7777`;
}

const isBelow = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 0 && value <= limit;
const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;
