import { LyingDisk } from '../lying-disk/lying-disk.ts';
import type { QemuSpec } from '../qemu-argv.ts';
import { LogFiles } from '../write-log/log-files.ts';
import type { Disk } from './disk.ts';
import { DiskFile } from './disk-file.ts';
import { closeFiles, ownDiskFiles, withDiskFiles } from './disk-files.ts';

/** Disks with all that they need on the host. */
export interface OpenDisks extends Disposable {
  readonly disks: readonly Disk[];
  /** Write logs, by the disks' ids. They outlive this. */
  readonly logs: ReadonlyMap<string, LogFiles>;
  /** Resolves when their QEMU is gone and what they hold is what it stays. */
  readonly atRest: Promise<unknown>;
}

/**
 * Makes what the disks need; dispose it when their QEMU is gone.
 * @throws BringupError `harness-fault` where an image can't be copied.
 */
export async function openDisks(planned: readonly Disk[]): Promise<OpenDisks> {
  const files = ownDiskFiles(planned, false);
  const logs = new Map<string, LogFiles>();
  const servers: LyingDisk[] = [];
  const served: Disposable[] = [];
  const close = (): void => {
    closeFiles(files);
    for (const each of served) each[Symbol.dispose]();
  };
  try {
    const disks = await Promise.all(
      withDiskFiles(planned, files).map(async (disk, index) => {
        const logged = disk.writeLog ? await logOf(disk, planned[index] as Disk, logs) : disk;
        if (disk.lies === undefined) return logged;
        const content = await rawContentOf(disk, planned[index] as Disk, served);
        const server = await LyingDisk.start({ path: content.path, sizeBytes: disk.sizeBytes, lies: disk.lies });
        served.push(server);
        servers.push(server);
        return { ...logged, server: server.name };
      }),
    );
    return { disks, logs, atRest: Promise.all(servers.map(({ atRest }) => atRest)), [Symbol.dispose]: close };
  } catch (error) {
    close();
    for (const log of logs.values()) log[Symbol.dispose]();
    throw error;
  }
}

/** The files that a machine's disks need, and its spec with them. */
export async function openDisksOf(spec: QemuSpec): Promise<OpenDisks & { readonly spec: QemuSpec }> {
  const open = await openDisks(spec.disks ?? []);
  return { ...open, spec: { ...spec, disks: open.disks } };
}

async function logOf(disk: Disk, planned: Disk, logs: Map<string, LogFiles>): Promise<Disk> {
  const log = await LogFiles.of(planned);
  logs.set(disk.id, log);
  return { ...disk, writeLog: { path: log.log.path } };
}

/** The server knows no format: of what is none, or must stay as it is, it gets a copy. */
async function rawContentOf(disk: Disk, planned: Disk, served: Disposable[]): Promise<{ readonly path: string }> {
  if (disk.image.format === 'raw') return disk.image;
  const copy = await DiskFile.copyOf(planned.image);
  served.push(copy);
  return copy;
}
