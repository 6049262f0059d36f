import { resolve } from 'node:path';
import type { ArtifactProvider, ProvideOptions } from '../../model/artifact.ts';
import { BringupError } from '../../model/errors.ts';
import type { DiskFile } from './disk-file.ts';
import { type DiskLayers, type LayerOptions, planLayers } from './disk-layers.ts';
import { examineImage, type ImageFile, type ImageFormat } from './image-file.ts';

/** What a disk holds at first. */
export type DiskSource =
  /** A file on the host. The guest's writes go to it, unless the machine is booted with `snapshots`. `format`: @default 'raw' */
  | { readonly path: string; readonly format?: ImageFormat }
  /** A file that is made for it, and stays as it is: `readOnly`, or a machine with `snapshots`, or the guest's writes go to a file that ends with the machine. */
  | { readonly image: ArtifactProvider; readonly format?: ImageFormat }
  /** A file of the test's own. The guest's writes go to it, unless the machine is booted with `snapshots`. */
  | { readonly file: DiskFile }
  /** Zeros. What the guest writes ends with the machine. */
  | { readonly sizeMiB: number };

/** A disk as it is asked for. */
export type DiskOptions = DiskSource &
  LayerOptions & {
    /** What the guest finds it as: on Linux `/dev/vda` or `/dev/nvme0n1`. A machine with NVMe can't be frozen (QEMU 7.2), but its forks can have one plugged in. @default 'virtio' */
    readonly interface?: 'virtio' | 'nvme';
    /** @default false */
    readonly readOnly?: boolean;
    /** Serial number that the guest reads, at most 20 printable ASCII characters. @default its id: `disk0`, `disk1`, ... */
    readonly serial?: string;
    /** Size of its blocks, logical and physical, in bytes. @default 512 */
    readonly sectorSize?: 512 | 4096;
  };

/** A disk as QEMU is told of it. */
export interface Disk extends DiskLayers {
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
  const device = { id, interface: kind, readOnly, serial, sectorSize, ...planLayers(options, id) };
  if ('sizeMiB' in options) return { ...device, ...blank(options.sizeMiB, id) };
  if ('file' in options) {
    const { path, name, sizeBytes } = options.file;
    return { ...device, image: { path, name, format: 'raw', isTemporary: true }, writes: 'image', sizeBytes };
  }
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
