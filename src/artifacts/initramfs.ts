import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { busyboxArm64 } from './busybox.ts';
import { cached } from './cache.ts';
import { directory, file, type CpioEntry } from './cpio-entry.ts';
import { writeCpio } from './cpio-write.ts';
import { packageFile } from './package-files.ts';
import { probeArm64 } from './probe.ts';
import { arrange, baseDirectories, busyboxEntries, earlyDevices, skeleton } from './rootfs.ts';

export interface InitramfsOptions {
  /** Entries to add; one with the path of a standard entry replaces it. */
  overlay?: readonly CpioEntry[];
  /** Paths to leave out, folders with all they hold. */
  remove?: readonly string[];
}

/**
 * The standard root file system: BusyBox, its init as PID 1, a shell on the console. With `overlay` and `remove` it
 * becomes any other one, a broken one too.
 */
export function standardInitramfs({ overlay = [], remove = [] }: InitramfsOptions = {}): ArtifactProvider {
  return async (options = {}) => {
    const busybox = await busyboxArm64(options);
    const binary = await readFile(busybox.binary.path);
    const rootfs = await skeleton(packageFile('initramfs/rootfs'));
    const standard = [...baseDirectories(), ...earlyDevices, ...busyboxEntries(binary, busybox.applets), ...rootfs];
    const isRemoved = ({ path }: CpioEntry) => remove.some((gone) => path === gone || path.startsWith(`${gone}/`));
    const entries = arrange([...standard.filter((entry) => !isRemoved(entry)), ...overlay]);
    return { ...(await storeInitramfs(entries, options)), name: 'initramfs', version: `busybox ${busybox.version}` };
  };
}

/** An initramfs of just these entries, which must be in an order that can be unpacked. */
export function packInitramfs(entries: readonly CpioEntry[], name = 'initramfs'): ArtifactProvider {
  return async (options = {}) => ({ ...(await storeInitramfs(entries, options)), name });
}

/** An initramfs that holds one probe (initramfs/probes/<name>.c) as /init, and the two devices a program may expect. */
export function probeInitramfs(name: string): ArtifactProvider {
  return async (options = {}) => {
    const probe = await probeArm64(name, options);
    const entries = [directory('dev'), ...earlyDevices, file('init', await readFile(probe.path), 0o755)];
    return { ...(await storeInitramfs(entries, options)), name: `probe ${name}` };
  };
}

/** Not compressed: the kernel would unpack it in TCG's time, and QEMU loads the file in one copy. */
async function storeInitramfs(entries: readonly CpioEntry[], options: ProvideOptions): Promise<Pick<Artifact, 'path' | 'sha256'>> {
  const archive = writeCpio(entries);
  const entry = await cached({
    kind: 'initramfs',
    inputs: { sha256: createHash('sha256').update(archive).digest('hex') },
    ...options,
    build: (dir) => writeFile(join(dir, 'initramfs.cpio'), archive),
  });
  const { path, sha256 } = entry.file('initramfs.cpio');
  return { path, sha256 };
}
