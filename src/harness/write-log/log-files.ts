import type { Disk } from '../devices/disk.ts';
import { DiskFile } from '../devices/disk-file.ts';
import type { ImageFile } from '../devices/image-file.ts';
import { HeldFile } from '../snapshot/held-file.ts';

/** A disk's write log, and what the disk held before it. */
export class LogFiles implements Disposable {
  /** Empty at first. */
  readonly log = HeldFile.unnamed();
  readonly #sizeBytes: number;
  /** Undefined: zeros. */
  readonly #before: ImageFile | undefined;
  readonly #copy: DiskFile | undefined;

  private constructor(sizeBytes: number, before: ImageFile | undefined, copy: DiskFile | undefined) {
    this.#sizeBytes = sizeBytes;
    this.#before = before;
    this.#copy = copy;
  }

  /**
   * For a disk that nobody has yet. Of an image that will be written a copy is kept.
   * @throws BringupError `harness-fault` where it can't be copied.
   */
  static async of({ writes, image, sizeBytes }: Disk): Promise<LogFiles> {
    if (writes === 'blank') return new LogFiles(sizeBytes, undefined, undefined);
    if (writes === 'overlay') return new LogFiles(sizeBytes, image, undefined);
    const copy = await DiskFile.copyOf(image);
    return new LogFiles(sizeBytes, { path: copy.path, format: 'raw' }, copy);
  }

  /** What the disk held before the log, in a new file. */
  async before(): Promise<DiskFile> {
    return this.#before === undefined ? DiskFile.blank(this.#sizeBytes) : DiskFile.copyOf(this.#before);
  }

  [Symbol.dispose](): void {
    this.log[Symbol.dispose]();
    this.#copy?.[Symbol.dispose]();
  }
}
