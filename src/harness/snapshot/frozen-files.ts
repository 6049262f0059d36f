import { execa } from 'execa';
import { BringupError } from '../../model/errors.ts';
import type { Disk, QemuSpec } from '../qemu-argv.ts';
import { HeldFile } from './held-file.ts';

/** The files that a machine's memory and disks are. */
export interface MachineFiles {
  readonly ram: HeldFile;
  /** What was written to each disk: a qcow2 file over the image, which stays as it is. */
  readonly overlays: readonly HeldFile[];
}

/** A machine's spec with these files in it: as its own, which it writes to, or as a frozen machine's, from which a fork begins. */
export function withFiles(spec: QemuSpec, { ram, overlays }: MachineFiles, as: 'own' | 'frozen'): QemuSpec {
  const disks = (spec.disks ?? []).map(
    (base, index): Disk => ({ path: (overlays[index] as HeldFile).path, format: 'qcow2', base, discardsWrites: as === 'frozen' }),
  );
  return { ...spec, ram: { path: ram.path, isShared: as === 'own' }, disks };
}

/**
 * An empty overlay over a disk's image.
 * @throws BringupError `snapshot-failed` with the reason of qemu-img (no such image); `requirement-missing`.
 */
export async function overlayOf({ path, format }: Disk): Promise<HeldFile> {
  const overlay = HeldFile.unnamed();
  const argv = ['create', '-q', '-f', 'qcow2', '-F', format, '-b', path, overlay.path];
  const { failed, code, stderr, shortMessage } = await execa('qemu-img', argv, { reject: false });
  if (!failed) return overlay;
  overlay[Symbol.dispose]();
  if (code === 'ENOENT')
    throw new BringupError('requirement-missing', 'the program `qemu-img` is not installed', { hint: 'run `bringup doctor --install`.' });
  throw new BringupError('snapshot-failed', `the disk can’t be frozen: ${stderr || shortMessage}`, {
    hint: 'check the image’s path and format.',
  });
}
