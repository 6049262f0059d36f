import { ftruncateSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { execa } from 'execa';
import { BringupError } from '../../model/errors.ts';
import { HeldFile } from '../snapshot/held-file.ts';
import { examineImage, type ImageFile } from './image-file.ts';

/**
 * A disk's content in a raw file of the test's own, without a name on the host: machines can have it one after the other, and host programs
 * can read it by `path` while none has it.
 */
export class DiskFile implements Disposable {
  readonly sizeBytes: number;
  /** What it was made from, e.g. the image's base name. */
  readonly name: string;
  readonly #file: HeldFile;

  private constructor(file: HeldFile, name: string, sizeBytes: number) {
    this.#file = file;
    this.name = name;
    this.sizeBytes = sizeBytes;
  }

  /** Zeros. */
  static blank(sizeBytes: number): DiskFile {
    const file = HeldFile.unnamed();
    ftruncateSync(file.fd, sizeBytes);
    return new DiskFile(file, 'blank', sizeBytes);
  }

  /**
   * What an image holds; the image itself stays as it is.
   * @throws BringupError `file-not-found`, `image-invalid`.
   */
  static async copyOf(image: ImageFile): Promise<DiskFile> {
    const { sizeBytes } = await examineImage(image);
    const file = HeldFile.unnamed();
    try {
      await copyContent(image, file.path);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
    return new DiskFile(file, basename(image.path), sizeBytes);
  }

  /** To be read and written by this process. */
  get fd(): number {
    return this.#file.fd;
  }

  /** For host programs; of this process, and gone with it. */
  get path(): string {
    return this.#file.path;
  }

  /**
   * Replaces the content. No machine may have it meanwhile.
   * @throws BringupError `usage` where the other one is of another size.
   */
  async become({ path }: { readonly path: string }): Promise<void> {
    const { size } = await stat(path);
    if (size !== this.sizeBytes)
      throw new BringupError('usage', `a disk of ${this.sizeBytes} bytes can’t become one of ${size} bytes`, {
        hint: 'a disk keeps its size; make the image as big.',
      });
    await copyContent({ path, format: 'raw' }, this.path);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** Shares blocks where the file system can, else leaves holes and zeros out. */
async function copyContent({ path, format }: ImageFile, to: string): Promise<void> {
  const [program, ...args] =
    format === 'raw' ? ['cp', '--reflink=auto', '--sparse=always', path, to] : ['qemu-img', 'convert', '-f', format, '-O', 'raw', path, to];
  const { failed, stderr, shortMessage } = await execa(program as string, args, { reject: false });
  if (!failed) return;
  throw new BringupError('harness-fault', `disk image ${basename(path)} can’t be copied: ${stderr || shortMessage}`, {
    hint: 'is the disk with the temporary files full? (TMPDIR)',
  });
}
