import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { cached } from './cache.ts';
import type { CacheEntry } from './cache-entry.ts';
import { type CpioEntry, directory, file } from './cpio-entry.ts';
import { kernelPackage } from './kernel.ts';
import { runTool } from './tool.ts';

/** Drivers of virtio disks and network cards, each after those that it needs. */
export const virtioModules = [
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_blk',
  'failover',
  'net_failover',
  'virtio_net',
] as const;

/**
 * Modules of Debian's arm64 cloud kernel as `/lib/modules/<name>.ko`, and their order: the standard initramfs loads them where the machine has a
 * virtio device or a port for one.
 */
export async function moduleEntries(names: readonly string[], options: ProvideOptions): Promise<CpioEntry[]> {
  const entry = await kernelModules(options);
  const modules = await Promise.all(
    names.map(async (name) => file(`lib/modules/${name}.ko`, await readFile(entry.file(`${name}.ko`).path))),
  );
  const order = file('lib/modules/order', names.map((name) => `${name}\n`).join(''));
  return [directory('lib'), directory('lib/modules'), order, ...modules];
}

async function kernelModules(options: ProvideOptions): Promise<CacheEntry> {
  const deb = await kernelPackage('arm64', options);
  return cached({
    kind: 'kernel-modules',
    revision: 1,
    inputs: { deb: deb.sha256, names: virtioModules },
    ...options,
    build: async (dir) => {
      const unpacked = join(dir, 'package');
      await runTool('dpkg-deb', ['-x', deb.path, unpacked], options);
      const found = await readdir(join(unpacked, 'lib/modules'), { recursive: true });
      for (const name of virtioModules) {
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
