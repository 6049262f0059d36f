import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { BringupError } from '../../model/errors.ts';
import { parseQcow2Header } from './qcow2.ts';

export type ImageFormat = 'raw' | 'qcow2';

/** An image file on the host. */
export interface ImageFile {
  readonly path: string;
  readonly format: ImageFormat;
  /** What it is called in the record. @default the path's last part */
  readonly name?: string;
  /** What is read where the image itself has nothing. @default what the image's header names, or nothing */
  readonly backing?: ImageFile;
  /** Whether nobody reads it once the host went down, so that nothing of it need reach the host's disk. @default false */
  readonly isTemporary?: boolean;
}

/** How big the disk is that an image holds, in bytes, and whether another file belongs to it. */
export async function examineImage({ path, format }: ImageFile): Promise<{ sizeBytes: number; hasBacking: boolean }> {
  const name = basename(path);
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const header = Buffer.alloc(32);
      await file.read(header, 0, header.length, 0);
      const found = format === 'raw' ? { sizeBytes: size, hasBacking: false } : parseQcow2Header(header);
      if (found !== undefined && found.sizeBytes > 0) return found;
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BringupError('file-not-found', `disk image ${name} can’t be read (${code})`, {
      hint: 'check the path that was given.',
      cause: error,
    });
  }
  const what = format === 'raw' ? 'is empty' : 'is no qcow2 image';
  throw new BringupError('image-invalid', `disk image ${name} ${what}`, { hint: 'check the image’s path and format.' });
}
