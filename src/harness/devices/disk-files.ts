import { ftruncateSync, writeSync } from 'node:fs';
import { HeldFile } from '../snapshot/held-file.ts';
import type { Disk } from './disk.ts';
import { emptyQcow2 } from './qcow2.ts';

/** For each disk the file that takes what the guest writes; undefined where that is the image itself. */
export type DiskFiles = readonly (HeldFile | undefined)[];

/** Makes them, without names. `keepsImages`: the images stay as they are, whatever the guest writes. */
export function ownDiskFiles(disks: readonly Disk[], keepsImages: boolean): DiskFiles {
  return disks.map((disk) => {
    if (disk.writes === 'blank') return blankFile(disk.sizeBytes);
    return disk.writes === 'overlay' || (keepsImages && !disk.readOnly) ? overlayFile(disk.sizeBytes) : undefined;
  });
}

/** Overlays for a machine that begins with what is in such files. */
export function overlaysOver(disks: readonly Disk[], files: DiskFiles): DiskFiles {
  return disks.map(({ sizeBytes, readOnly }, index) => (files[index] && !readOnly ? overlayFile(sizeBytes) : undefined));
}

/** The disks with those files in them. */
export function withDiskFiles(disks: readonly Disk[], files: DiskFiles): Disk[] {
  return disks.map((disk, index) => {
    const file = files[index];
    if (file === undefined) return disk;
    const own = { path: file.path, isTemporary: true };
    const image = disk.writes === 'blank' ? { ...own, format: 'raw' as const } : { ...own, format: 'qcow2' as const, backing: disk.image };
    return { ...disk, image };
  });
}

/** The disks with overlays over what they were. */
export function withOverlays(disks: readonly Disk[], overlays: DiskFiles): Disk[] {
  return withDiskFiles(
    disks.map((disk) => ({ ...disk, writes: 'overlay' })),
    overlays,
  );
}

export function closeFiles(files: readonly (HeldFile | undefined)[]): void {
  for (const file of files) file?.[Symbol.dispose]();
}

function blankFile(sizeBytes: number): HeldFile {
  const file = HeldFile.unnamed();
  ftruncateSync(file.fd, sizeBytes);
  return file;
}

/** Its backing file is named to QEMU, not in its header: paths are those of this process. */
function overlayFile(sizeBytes: number): HeldFile {
  const file = HeldFile.unnamed();
  writeSync(file.fd, emptyQcow2(sizeBytes));
  return file;
}
