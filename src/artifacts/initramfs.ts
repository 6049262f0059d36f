import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { busyboxArm64 } from './busybox.ts';
import { cached } from './cache.ts';
import { type CpioEntry, directory, file, symlink } from './cpio-entry.ts';
import { encodeInitramfs, type InitramfsFormat } from './initramfs-file.ts';
import { moduleEntries } from './kernel-modules.ts';
import { probeArm64 } from './probe.ts';
import { arrange, baseDirectories, busyboxEntries, earlyDevices, skeleton } from './rootfs.ts';

export interface StandardInitramfsOptions extends InitramfsFormat {
  /** Entries to add; one with the path of a standard entry replaces it. */
  overlay?: readonly CpioEntry[];
  /** Modules of Debian's arm64 cloud kernel (`virtioModules`), which `rcS` loads where there is a device or a port for it. @default none */
  modules?: readonly string[];
  /** Paths to leave out, folders with all they hold. */
  remove?: readonly string[];
}

/**
 * The standard root file system: BusyBox, its init as PID 1, a shell on the console. With `overlay` and `remove` it
 * becomes any other one, a broken one too.
 */
export function standardInitramfs({ overlay = [], modules = [], remove = [], ...format }: StandardInitramfsOptions = {}): ArtifactProvider {
  return async (options = {}) => {
    const busybox = await busyboxArm64(options);
    const binary = await readFile(busybox.binary.path);
    const rootfs = await skeleton(packageFile('initramfs/rootfs'));
    const drivers = modules.length === 0 ? [] : await moduleEntries(modules, options);
    const standard = [...baseDirectories(), ...earlyDevices, ...busyboxEntries(binary, busybox.applets), ...rootfs, ...drivers];
    const isRemoved = ({ path }: CpioEntry) => remove.some((gone) => path === gone || path.startsWith(`${gone}/`));
    const entries = arrange([...standard.filter((entry) => !isRemoved(entry)), ...overlay]);
    return { ...(await store(encodeInitramfs(entries, format), options)), name: 'initramfs', version: `busybox ${busybox.version}` };
  };
}

/** An initramfs of just these entries, in an order that can be unpacked: folders before what they hold. */
export function packInitramfs(entries: readonly CpioEntry[], format: InitramfsFormat = {}): ArtifactProvider {
  return async (options = {}) => ({ ...(await store(encodeInitramfs(entries, format), options)), name: 'initramfs' });
}

/** An initramfs of one probe (initramfs/probes/<name>.c) as /sbin/init and /init, and the two devices a program may expect. */
export function probeInitramfs(name: string): ArtifactProvider {
  return async (options = {}) => {
    const probe = await probeArm64(name, options);
    const init = file('sbin/init', await readFile(probe.path), 0o755);
    const entries = [directory('dev'), ...earlyDevices, directory('sbin'), init, symlink('init', 'sbin/init')];
    return { ...(await store(encodeInitramfs(entries), options)), name: `probe ${name}` };
  };
}

/** Keeps an initramfs in the cache, by its content. */
export async function store(bytes: Uint8Array, options: ProvideOptions): Promise<Pick<Artifact, 'path' | 'sha256'>> {
  const entry = await cached({
    kind: 'initramfs',
    revision: 1,
    inputs: { sha256: createHash('sha256').update(bytes).digest('hex') },
    ...options,
    build: (dir) => writeFile(join(dir, 'initramfs'), bytes),
  });
  const { path, sha256 } = entry.file('initramfs');
  return { path, sha256 };
}
