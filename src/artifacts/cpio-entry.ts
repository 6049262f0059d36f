/** What a node has besides its kind. */
interface Attributes {
  /** Path inside the archive: no leading slash, no `.` or `..` in it; `.` alone is the root. */
  readonly path: string;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** One node of an archive. Entries are equal if the nodes they make are. */
export type CpioEntry =
  | (Attributes & { readonly type: 'directory' | 'fifo' | 'socket' })
  | (Attributes & { readonly type: 'file'; readonly data: Uint8Array })
  | (Attributes & { readonly type: 'symlink'; readonly target: string })
  | (Attributes & { readonly type: 'char-device' | 'block-device'; readonly major: number; readonly minor: number })
  /** Another name of a file that comes earlier in the archive. */
  | { readonly type: 'hardlink'; readonly path: string; readonly target: string };

const rootOwned = { uid: 0, gid: 0, mtime: 0 } as const;

export function directory(path: string, mode = 0o755): CpioEntry {
  return { type: 'directory', path, mode, ...rootOwned };
}

export function file(path: string, data: Uint8Array | string, mode = 0o644): CpioEntry {
  return { type: 'file', path, mode, ...rootOwned, data: typeof data === 'string' ? new TextEncoder().encode(data) : data };
}

export function symlink(path: string, target: string): CpioEntry {
  return { type: 'symlink', path, mode: 0o777, ...rootOwned, target };
}

export function charDevice(path: string, major: number, minor: number, mode = 0o600): CpioEntry {
  return { type: 'char-device', path, mode, ...rootOwned, major, minor };
}
