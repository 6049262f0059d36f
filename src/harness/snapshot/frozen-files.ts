import { closeFiles, type DiskFiles, overlaysOver, withDiskFiles, withOverlays } from '../devices/disk-files.ts';
import type { QemuSpec } from '../qemu-argv.ts';
import type { HeldFile } from './held-file.ts';

/** The files that a machine's memory and disks are. */
export interface MachineFiles {
  readonly ram: HeldFile;
  readonly disks: DiskFiles;
}

/** The spec of a machine that writes to these files. */
export function withOwnFiles(spec: QemuSpec, { ram, disks }: MachineFiles): QemuSpec {
  return { ...spec, ram: { path: ram.path, isShared: true }, disks: withDiskFiles(spec.disks ?? [], disks) };
}

/** What a fork is started with. */
export interface ForkFiles extends Disposable {
  readonly spec: QemuSpec;
}

/** The spec of a machine that begins with what is in these files, and writes to others, without names. Dispose those when its QEMU is gone. */
export function forkFiles(spec: QemuSpec, { ram, disks }: MachineFiles): ForkFiles {
  const frozen = withDiskFiles(spec.disks ?? [], disks);
  const overlays = overlaysOver(frozen, disks);
  return {
    spec: { ...spec, ram: { path: ram.path, isShared: false }, disks: withOverlays(frozen, overlays), incoming: true },
    [Symbol.dispose]: () => closeFiles(overlays),
  };
}
