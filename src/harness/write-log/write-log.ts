import { fstatSync, readSync } from 'node:fs';
import { BringupError } from '../../model/errors.ts';
import { parseWriteLogHeader } from '../../parsers/write-log.ts';
import type { DiskFile } from '../devices/disk-file.ts';
import { sectorBytes } from '../devices/sectors.ts';
import { applyRequests, readWhole } from './apply.ts';
import type { LogFiles } from './log-files.ts';
import { durableRequests, type LoggedRequest, type LoggedWrite, requestOf } from './requests.ts';

/** Which of a disk's requests an image has. */
export type Cut =
  /** What a power cut now leaves at the least: `durableRequests` of all. */
  | 'last-flush'
  /** All before a mark, durable or not. */
  | { readonly mark: string }
  /** What a power cut at a mark would have left at the least. */
  | { readonly lastFlushBefore: string }
  /** These, in this order. */
  | { readonly requests: Iterable<LoggedRequest> };

/** (QEMU, block/blklogwrites.c) The log's first sector is for its superblock, which is written at a FLUSH, late: nothing here needs it. */
const firstEntryAt = sectorBytes;

/** All that the guest wrote to one disk of one machine, in order, and what the disk held before. Stays readable after the machine's end. */
export class WriteLog implements Disposable {
  readonly #files: LogFiles;
  readonly #settle: () => Promise<void>;
  readonly #requests: LoggedRequest[] = [];
  readonly #marks = new Map<string, number>();
  readonly #images: DiskFile[] = [];
  #readTo = firstEntryAt;
  #reading: Promise<unknown> = Promise.resolve();

  /** `settle` resolves when each request that QEMU had taken before is answered. */
  constructor(files: LogFiles, settle: () => Promise<void>) {
    this.#files = files;
    this.#settle = settle;
  }

  /**
   * All requests that were answered to the guest before this call, and maybe some more, in the log's order.
   * @throws BringupError QMP's, `harness-fault`; WriteLogError where the log is none.
   */
  async read(): Promise<readonly LoggedRequest[]> {
    // What was answered is in the log by now; in front of it may be the place of a request that is not.
    const { size } = fstatSync(this.#files.log.fd);
    const reading = this.#reading.then(async () => {
      await this.#settle();
      this.#readEntries(size);
      return this.#requests.slice();
    });
    this.#reading = reading.catch(() => {});
    return reading;
  }

  /**
   * Notes the log's present end by a name: all that was answered to the guest before is in front of it.
   * @returns How many requests that are.
   * @throws BringupError `usage` for a name that is used twice; as `read` does.
   */
  async mark(name: string): Promise<number> {
    if (this.#marks.has(name)) throw new BringupError('usage', `the write log has a mark ${JSON.stringify(name)} already`);
    this.#marks.set(name, -1);
    const { length } = await this.read();
    this.#marks.set(name, length);
    return length;
  }

  /** What a write wrote. */
  async data({ dataAt, sizeBytes }: LoggedWrite): Promise<Buffer> {
    const data = Buffer.alloc(sizeBytes);
    await readWhole(this.#files.log.fd, data, dataAt);
    return data;
  }

  /**
   * The disk as such a cut leaves it, in a file that ends with the machine.
   * @throws BringupError `usage` for a mark that was not put in; as `read` does.
   */
  async imageAt(cut: Cut): Promise<DiskFile> {
    const requests = await this.#requestsAt(cut);
    const image = await this.#files.before();
    this.#images.push(image);
    await applyRequests(requests, this.#files.log.fd, image.fd);
    return image;
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
    for (const image of this.#images) image[Symbol.dispose]();
  }

  async #requestsAt(cut: Cut): Promise<Iterable<LoggedRequest>> {
    if (cut === 'last-flush') return durableRequests(await this.read());
    if ('requests' in cut) return cut.requests;
    return 'mark' in cut ? this.#before(cut.mark) : durableRequests(this.#before(cut.lastFlushBefore));
  }

  #before(name: string): readonly LoggedRequest[] {
    const count = this.#marks.get(name) ?? -1;
    if (count >= 0) return this.#requests.slice(0, count);
    const known = [...this.#marks.keys()].join(', ') || 'none';
    throw new BringupError('usage', `the write log has no mark ${JSON.stringify(name)}; it has: ${known}`, {
      hint: 'put it in first: await log.mark(name).',
    });
  }

  /** Those that begin before `end`; of a QEMU that was killed the last ones may not be whole. */
  #readEntries(end: number): void {
    const { fd } = this.#files.log;
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(sectorBytes);
    while (this.#readTo < end && readSync(fd, bytes, 0, sectorBytes, this.#readTo) === sectorBytes) {
      const header = parseWriteLogHeader(bytes, sectorBytes, this.#readTo);
      if (header === undefined) return;
      const dataAt = this.#readTo + sectorBytes;
      const next = dataAt + (header.type === 'write' ? header.sizeBytes : 0);
      if (next > size) return;
      const request = requestOf(header, this.#requests.length, dataAt);
      if (request) this.#requests.push(request);
      this.#readTo = next;
    }
  }
}
