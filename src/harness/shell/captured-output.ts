/** One command's captured output as it comes; `count` is what the shell said that it sent. */
export interface CapturedOutput {
  /** Grows while something comes. */
  readonly received: number;
  /** How long the guest may be silent over what came so far, because it makes the checksum. In milliseconds. */
  readonly hashingMs: number;
  /** Whether it is no use to wait for more, now that the shell has sent all. */
  isWhole(count: number): boolean;
  /** Whether it is more than is kept. */
  isTooLong(count: number): boolean;
  /** What came; right if its checksum is. */
  bytes(count: number): Buffer;
  /** Makes ready for what comes when it is asked for again. */
  again(count: number | undefined): void;
}

/** In frames on the terminal: `count` lines in base64. */
export class CapturedLines implements CapturedOutput {
  received = 0;
  /** The checksum is made before. */
  readonly hashingMs = 0;
  /** By index from 1. */
  readonly #lines = new Map<number, string>();

  take(index: number, base64: string): void {
    this.received += 1;
    this.#lines.set(index, base64);
  }

  isWhole(): boolean {
    return true;
  }

  isTooLong(): boolean {
    return false;
  }

  bytes(count: number): Buffer {
    const lines = Array.from({ length: count }, (_, index) => this.#lines.get(index + 1));
    return Buffer.concat(lines.map((line) => Buffer.from(line ?? '', 'base64')));
  }

  again(count: number | undefined): void {
    // Where every line is there, one of them, or the checksum, is wrong though it looks right.
    if (count === this.#lines.size) this.#lines.clear();
  }
}

/** Captured output over a port beyond this fills the host's memory, not a test's needs. In bytes. */
export const maxCapturedBytes = 256 * 1024 * 1024;

/** Over a port of its own: `count` bytes behind a header. What stands before that is a stopped command's. */
export class CapturedBytes implements CapturedOutput {
  readonly #header: Buffer;
  #pieces: Buffer[] = [];
  #sizeBytes = 0;
  #isBegun = false;

  constructor(header: string) {
    this.#header = Buffer.from(header, 'latin1');
  }

  get received(): number {
    return this.#isBegun ? this.#sizeBytes : 0;
  }

  /** At a twentieth of what TCG does on an idle host. */
  get hashingMs(): number {
    return this.received / 1_000;
  }

  take(chunk: Uint8Array): void {
    if (this.#sizeBytes > maxCapturedBytes) return;
    this.#keep(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    if (this.#isBegun) return;
    const all = Buffer.concat(this.#pieces);
    const at = all.indexOf(this.#header);
    this.#isBegun = at !== -1;
    this.#forget();
    // The header may come in pieces.
    this.#keep(this.#isBegun ? all.subarray(at + this.#header.length) : all.subarray(-this.#header.length));
  }

  isWhole(count: number): boolean {
    return this.received >= Math.min(count, maxCapturedBytes + 1);
  }

  isTooLong(count: number): boolean {
    return Math.max(count, this.received) > maxCapturedBytes;
  }

  bytes(count: number): Buffer {
    return this.#isBegun ? Buffer.concat(this.#pieces).subarray(0, count) : Buffer.alloc(0);
  }

  again(): void {
    this.#isBegun = false;
    this.#forget();
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
  }

  #forget(): void {
    this.#pieces = [];
    this.#sizeBytes = 0;
  }
}
