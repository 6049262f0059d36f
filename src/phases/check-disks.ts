import type { DiskOptions } from '../harness/devices/disk.ts';
import { DiskFile } from '../harness/devices/disk-file.ts';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';

/**
 * A check's disks, each on a file of the check's own: whatever the guest does to them, images stay as they are.
 * @throws BringupError `usage`, `file-not-found`, `image-invalid`, `harness-fault`; what an image's provider throws.
 */
export async function ownDisks(disks: readonly DiskOptions[], provide: ProvideOptions): Promise<DiskOptions[]> {
  const made: DiskOptions[] = [];
  try {
    for (const disk of disks) made.push(await ownDisk(disk, provide));
    return made;
  } catch (error) {
    for (const disk of made) if ('file' in disk) disk.file[Symbol.dispose]();
    throw error;
  }
}

async function ownDisk(disk: DiskOptions, provide: ProvideOptions): Promise<DiskOptions> {
  if ('file' in disk) {
    throw new BringupError('usage', 'a check’s disk can’t be a file that is there already: it must be new in each try', {
      hint: 'give it an image or a size.',
    });
  }
  if ('sizeMiB' in disk) {
    const { sizeMiB, ...options } = disk;
    return { ...options, file: DiskFile.blank(sizeMiB * 2 ** 20) };
  }
  const { format = 'raw', ...options } = disk;
  const path = 'image' in disk ? (await disk.image(provide)).path : disk.path;
  const { image: _image, path: _path, ...others } = options as Record<string, unknown>;
  return { ...others, file: await DiskFile.copyOf({ path, format }) };
}
