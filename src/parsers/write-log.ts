/**
 * The log of a block device's writes as Linux's dm-log-writes keeps it (Documentation/admin-guide/device-mapper/log-writes.rst,
 * drivers/md/dm-log-writes.c) and QEMU's `blklogwrites` after it (block/blklogwrites.c). All numbers are little-endian.
 *
 * The superblock counts entries, but is written seldom: the count is what it was then, and entries beyond it are as good. An entry is
 * whole when all its sectors are there; the log of a machine that was killed may end within one.
 */
export type WriteLogEvent = WriteLogSuperblock | WriteLogEntry;

export interface WriteLogSuperblock {
  readonly type: 'superblock';
  readonly version: number;
  /** As the log's writer last noted it: a lower bound. */
  readonly entries: number;
  /** Of the log and of what it logs. */
  readonly sectorBytes: number;
}

/** Where an entry stands in the log. */
interface Entry {
  /** From 0. */
  readonly index: number;
  /** Offset of the entry in the log, in bytes. */
  readonly byteOffset: number;
  /** Whether everything that was written before was durable when the entry was (a FLUSH went ahead of it). */
  readonly isFlush: boolean;
}

export type WriteLogEntry =
  | (Entry & {
      readonly type: 'write';
      /** First byte on the device. */
      readonly position: number;
      readonly data: Uint8Array;
      /** Whether the data itself was durable when the write was answered (Force Unit Access). */
      readonly isFua: boolean;
    })
  | (Entry & { readonly type: 'flush' })
  | (Entry & { readonly type: 'discard'; readonly position: number; readonly sizeBytes: number })
  | (Entry & { readonly type: 'mark'; readonly name: string });

/** What is wrong with a log, and where. */
export class WriteLogError extends Error {
  override readonly name = 'WriteLogError';
  /** Offset in the log, in bytes. */
  readonly byteOffset: number;

  constructor(message: string, byteOffset: number) {
    super(`${message} (at byte ${byteOffset} of the write log)`);
    this.byteOffset = byteOffset;
  }
}

const magic = 0x6a736677736872n;
const superblockBytes = 28;
const headerBytes = 32;
const flagsKnown = 0x1fn;
const flag = { flush: 1n, fua: 2n, discard: 4n, mark: 8n } as const;

/** One request is at most that long; a longer one is a log that is none. */
const maxDataBytes = 1 << 30;

/** Reads a write log in pieces of any size. */
export class WriteLogParser {
  #pending: Uint8Array = new Uint8Array(0);
  #pendingBytes = 0;
  #pieces: Uint8Array[] = [];
  /** Bytes that have to be there before anything more can be read. */
  #wantedBytes = 512;
  /** Offset in the log of the first byte that is pending. */
  #byteOffset = 0;
  #sectorBytes = 0;
  #entries = 0;

  /** Whole entries read so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Offset in the log behind the last whole entry, in bytes. */
  get byteOffset(): number {
    return this.#byteOffset;
  }

  /** @throws WriteLogError where the bytes are no write log. */
  push(chunk: Uint8Array): readonly WriteLogEvent[] {
    this.#pieces.push(chunk);
    this.#pendingBytes += chunk.length;
    // Joined only when it is enough: a long entry that comes in small pieces costs no more than its length.
    if (this.#pendingBytes < this.#wantedBytes) return [];
    this.#pending = join(this.#pieces, this.#pendingBytes);
    const events: WriteLogEvent[] = [];
    for (let event = this.#next(); event !== undefined; event = this.#next()) events.push(event);
    this.#pieces = [this.#pending];
    return events;
  }

  /** How many bytes of an entry the log ends within: 0 where its last entry is whole. */
  end(): number {
    return this.#pendingBytes;
  }

  #next(): WriteLogEvent | undefined {
    return this.#sectorBytes === 0 ? this.#superblock() : this.#entry();
  }

  #superblock(): WriteLogSuperblock | undefined {
    if (this.#pending.length < superblockBytes) return this.#wait(superblockBytes);
    const view = viewOf(this.#pending);
    const found = view.getBigUint64(0, true);
    if (found !== magic) throw new WriteLogError(`expected the magic 0x${magic.toString(16)}, got 0x${found.toString(16)}`, 0);
    const version = number(view.getBigUint64(8, true), 'version', 8);
    if (version !== 1) throw new WriteLogError(`expected version 1, got ${version}`, 8);
    const sectorBytes = view.getUint32(24, true);
    if (sectorBytes < 512 || sectorBytes > 65_536 || (sectorBytes & (sectorBytes - 1)) !== 0)
      throw new WriteLogError(`expected a sector of 512 to 65536 bytes, a power of two, got ${sectorBytes}`, 24);
    // The first entry begins with the second sector.
    if (this.#pending.length < sectorBytes) return this.#wait(sectorBytes);
    this.#sectorBytes = sectorBytes;
    const entries = number(view.getBigUint64(16, true), 'number of entries', 16);
    this.#take(sectorBytes);
    return { type: 'superblock', version, entries, sectorBytes };
  }

  #entry(): WriteLogEntry | undefined {
    const sectorBytes = this.#sectorBytes;
    if (this.#pending.length < sectorBytes) return this.#wait(sectorBytes);
    const at = this.#byteOffset;
    const view = viewOf(this.#pending);
    const position = number(view.getBigUint64(0, true), 'sector', at) * sectorBytes;
    const sizeBytes = number(view.getBigUint64(8, true), 'number of sectors', at + 8) * sectorBytes;
    const flags = view.getBigUint64(16, true);
    const lengthBytes = number(view.getBigUint64(24, true), 'length of data', at + 24);
    if ((flags & ~flagsKnown) !== 0n) throw new WriteLogError(`unknown flags 0x${flags.toString(16)}`, at + 16);
    const entry: Entry = { index: this.#entries, byteOffset: at, isFlush: (flags & flag.flush) !== 0n };
    if (flags & flag.mark) return this.#mark(entry, lengthBytes);
    if (flags & flag.discard) return this.#whole(sectorBytes, { ...entry, type: 'discard', position, sizeBytes });
    if (sizeBytes === 0) return this.#whole(sectorBytes, { ...entry, type: 'flush', isFlush: true });
    if (sizeBytes > maxDataBytes) throw new WriteLogError(`a write of ${sizeBytes} bytes`, at + 8);
    const entryBytes = sectorBytes + sizeBytes;
    if (this.#pending.length < entryBytes) return this.#wait(entryBytes);
    const data = this.#pending.slice(sectorBytes, entryBytes);
    return this.#whole(entryBytes, { ...entry, type: 'write', position, data, isFua: (flags & flag.fua) !== 0n });
  }

  /** Its name stands behind its header, in the same sector. */
  #mark(entry: Entry, lengthBytes: number): WriteLogEntry {
    if (lengthBytes > this.#sectorBytes - headerBytes)
      throw new WriteLogError(`a mark’s name of ${lengthBytes} bytes does not fit its sector`, entry.byteOffset + 24);
    const name = new TextDecoder().decode(this.#pending.subarray(headerBytes, headerBytes + lengthBytes)).replace(/\0.*$/s, '');
    return this.#whole(this.#sectorBytes, { ...entry, type: 'mark', name });
  }

  #whole<T extends WriteLogEntry>(sizeBytes: number, entry: T): T {
    this.#entries += 1;
    this.#take(sizeBytes);
    return entry;
  }

  #take(sizeBytes: number): void {
    this.#pending = this.#pending.subarray(sizeBytes);
    this.#pendingBytes = this.#pending.length;
    this.#byteOffset += sizeBytes;
  }

  #wait(bytes: number): undefined {
    this.#wantedBytes = bytes;
    return undefined;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function number(value: bigint, what: string, byteOffset: number): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER) / 65_536n) return Number(value);
  throw new WriteLogError(`a ${what} of ${value}`, byteOffset);
}
