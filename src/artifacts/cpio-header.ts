/**
 * The record header of an initramfs archive (Linux Documentation/driver-api/early-userspace/buffer-format.rst): a
 * magic, then 13 fields of 8 hexadecimal digits; the name follows, padded to 4 bytes, then the data, padded likewise.
 */
export const headerBytes = 110;
export const trailerName = 'TRAILER!!!';
/** PATH_MAX, the terminating zero included: the kernel skips what is longer. */
export const maxPathBytes = 4096;
export const maxField = 0xffff_ffff;

/** `newc`, and the same with a checksum in each header. */
export const magics = ['070701', '070702'] as const;

const fields = [
  'ino',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'fileSize',
  'devMajor',
  'devMinor',
  'rdevMajor',
  'rdevMinor',
  'nameSize',
  'check',
] as const;
export type CpioHeader = Record<(typeof fields)[number], number>;

/** S_IFMT's values (inode(7)). */
export const fileTypes = {
  fifo: 0o010000,
  'char-device': 0o020000,
  directory: 0o040000,
  'block-device': 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const;
export const fileTypeMask = 0o170000;

export const align4 = (offset: number): number => Math.ceil(offset / 4) * 4;

export function formatHeader(header: Partial<CpioHeader>): string {
  return magics[0] + fields.map((field) => (header[field] ?? 0).toString(16).padStart(8, '0')).join('');
}

/** Reads what follows the magic; undefined where a field is not eight hexadecimal digits. */
export function parseHeader(text: string): CpioHeader | undefined {
  if (!/^[0-9a-fA-F]{104}$/.test(text)) return undefined;
  return Object.fromEntries(fields.map((field, index) => [field, Number.parseInt(text.slice(index * 8, index * 8 + 8), 16)])) as CpioHeader;
}
