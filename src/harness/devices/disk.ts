import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { ArtifactProvider, ProvideOptions } from '../../model/artifact.ts';
import { BringupError } from '../../model/errors.ts';
import { parseQcow2Header } from './qcow2.ts';

export type ImageFormat = 'raw' | 'qcow2';

/** What a disk holds at first. */
export type DiskSource =
  /** A file on the host. The guest's writes go to it, unless the machine is booted with `snapshots`. `format`: @default 'raw' */
  | { readonly path: string; readonly format?: ImageFormat }
  /** A file that is made for it, and stays as it is: `readOnly`, or a machine with `snapshots`, or the guest's writes go to a file that ends with the machine. */
  | { readonly image: ArtifactProvider; readonly format?: ImageFormat }
  /** Zeros. What the guest writes ends with the machine. */
  | { readonly sizeMiB: number };

/** A disk as it is asked for. */
export type DiskOptions = DiskSource & {
  /** What the guest finds it as: on Linux `/dev/vda` or `/dev/nvme0n1`. A machine with NVMe can't be frozen (QEMU 7.2), but its forks can have one plugged in. @default 'virtio' */
  readonly interface?: 'virtio' | 'nvme';
  /** @default false */
  readonly readOnly?: boolean;
  /** Serial number that the guest reads, at most 20 printable ASCII characters. @default its id: `disk0`, `disk1`, ... */
  readonly serial?: string;
  /** Size of its blocks, logical and physical, in bytes. @default 512 */
  readonly sectorSize?: 512 | 4096;
};

/** An image file on the host. */
export interface ImageFile {
  readonly path: string;
  readonly format: ImageFormat;
  /** What is read where the image itself has nothing. @default what the image's header names, or nothing */
  readonly backing?: ImageFile;
  /** Whether it ends with this QEMU, so that nothing of it need reach the host's disk. @default false */
  readonly isTemporary?: boolean;
}

/** A disk as QEMU is told of it. */
export interface Disk {
  /** Of the device; its block nodes' names begin with it. */
  readonly id: string;
  readonly image: ImageFile;
  /**
   * `image`: the guest writes to the image itself. `overlay`: to a file over it. `blank`: there is no image, but a file of zeros to be made.
   */
  readonly writes: 'image' | 'overlay' | 'blank';
  readonly sizeBytes: number;
  readonly interface: 'virtio' | 'nvme';
  readonly readOnly: boolean;
  readonly serial: string;
  readonly sectorSize: 512 | 4096;
}

/** (QEMU, hw/block/virtio-blk.c: VIRTIO_BLK_ID_BYTES; NVM Express Base Specification, Identify Controller: SN) */
const serialPattern = /^[\x20-\x7e]{1,20}$/;

/**
 * Decides what QEMU is told of a disk, and looks at its image.
 * @throws BringupError `usage`, `file-not-found`, `image-invalid`, or what the image's provider throws.
 */
export async function planDisk(options: DiskOptions, id: string, provide: ProvideOptions = {}): Promise<Disk> {
  const { interface: kind = 'virtio', readOnly = false, serial = id, sectorSize = 512 } = options;
  if (!serialPattern.test(serial)) {
    throw new BringupError('usage', `${id}: serial ${JSON.stringify(serial)}: expected 1 to 20 printable ASCII characters`);
  }
  const device = { id, interface: kind, readOnly, serial, sectorSize };
  if ('sizeMiB' in options) return { ...device, ...blank(options.sizeMiB, id) };
  const isOurs = 'image' in options;
  const path = isOurs ? (await options.image(provide)).path : resolve(options.path);
  const format = options.format ?? 'raw';
  const { sizeBytes } = await examineImage({ path, format });
  return { ...device, image: { path, format }, writes: isOurs && !readOnly ? 'overlay' : 'image', sizeBytes };
}

function blank(sizeMiB: number, id: string): Pick<Disk, 'image' | 'writes' | 'sizeBytes'> {
  if (!Number.isSafeInteger(sizeMiB) || sizeMiB < 1)
    throw new BringupError('usage', `${id}: sizeMiB: expected a whole number of at least 1, got ${sizeMiB}`);
  return { image: { path: 'blank', format: 'raw' }, writes: 'blank', sizeBytes: sizeMiB * 2 ** 20 };
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
