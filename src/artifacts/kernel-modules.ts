import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { cached } from './cache.ts';
import type { CacheEntry } from './cache-entry.ts';
import { directory, file } from './cpio-entry.ts';
import { kernelPackage } from './kernel.ts';
import { withEntries } from './programs.ts';
import { runTool } from './tool.ts';

const virtioBusModules = ['virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci'] as const;

/** Drivers of virtio disks and network cards, each after those that it needs. */
export const virtioModules = [...virtioBusModules, 'virtio_blk', 'failover', 'net_failover', 'virtio_net'] as const;

/** Drivers of virtio serial ports, likewise. */
export const virtioSerialModules = [...virtioBusModules, 'virtio_console'] as const;

const packedModules = [...virtioModules, 'virtio_console'] as const;

export interface KernelModulesOptions {
  /** Whether the standard initramfs loads them at boot, in this order: it reads their names in /lib/modules/load-at-boot. @default false */
  load?: boolean;
}

/** An initramfs with modules of Debian's arm64 cloud kernel as `/lib/modules/<name>.ko`, to be loaded by insmod(8). */
export function withKernelModules(
  base: ArtifactProvider | undefined,
  names: readonly string[],
  { load = false }: KernelModulesOptions = {},
): ArtifactProvider {
  return withEntries(base, 'modules', async (options) => {
    const entry = await kernelModules(options);
    const modules = await Promise.all(
      names.map(async (name) => file(`lib/modules/${name}.ko`, await readFile(entry.file(`${name}.ko`).path))),
    );
    const list = load ? [file('lib/modules/load-at-boot', Buffer.from(`${names.join('\n')}\n`))] : [];
    return [directory('lib'), directory('lib/modules'), ...modules, ...list];
  });
}

async function kernelModules(options: ProvideOptions): Promise<CacheEntry> {
  const deb = await kernelPackage('arm64', options);
  return cached({
    kind: 'kernel-modules',
    revision: 1,
    inputs: { deb: deb.sha256, names: packedModules },
    ...options,
    build: async (dir) => {
      const unpacked = join(dir, 'package');
      await runTool('dpkg-deb', ['-x', deb.path, unpacked], options);
      const found = await readdir(join(unpacked, 'lib/modules'), { recursive: true });
      for (const name of packedModules) {
        const path = found.find((each) => new RegExp(`^${name}\\.ko(\\.xz)?$`).test(basename(each)));
        if (path === undefined) throw new BringupError('artifact-failed', `${basename(deb.path)} holds no module ${name}`);
        const module = join(unpacked, 'lib/modules', path);
        // Debian 13 compresses them, and not every insmod can read that.
        if (module.endsWith('.xz')) await runTool('xz', ['--decompress', module], options);
        await rename(module.replace(/\.xz$/, ''), join(dir, `${name}.ko`));
      }
      await rm(unpacked, { recursive: true });
    },
  });
}
