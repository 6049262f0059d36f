import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { DebianArch } from './apt.ts';
import { cached } from './cache.ts';
import type { CachedFile } from './cache-entry.ts';
import { debianPackages } from './debian-packages.ts';
import { packageOfFile } from './debian-version.ts';
import { runTool } from './tool.ts';

/**
 * Debian's kernel for cloud machines, as its package ships it: for arm64 a bare Image (Linux
 * Documentation/arm64/booting.rst), for amd64 a bzImage. The artifact's name and version are the package's.
 */
export function debianCloudKernel({ arch }: { arch: DebianArch }): ArtifactProvider {
  return async (options = {}) => {
    const deb = await kernelPackage(arch, options);
    const entry = await cached({
      kind: 'kernel',
      revision: 1,
      inputs: { deb: deb.sha256 },
      ...options,
      build: async (dir) => {
        const unpacked = join(dir, 'package');
        await runTool('dpkg-deb', ['-x', deb.path, unpacked], options);
        const image = (await readdir(join(unpacked, 'boot'))).find((file) => file.startsWith('vmlinuz-'));
        if (image === undefined) throw new BringupError('artifact-failed', `${basename(deb.path)} holds no boot/vmlinuz-*`);
        await rename(join(unpacked, 'boot', image), join(dir, 'vmlinuz'));
        await rm(unpacked, { recursive: true });
      },
    });
    const { path, sha256 } = entry.file('vmlinuz');
    return { path, sha256, ...packageOfFile(basename(deb.path)) };
  };
}

/** The Debian package that the kernel comes from. */
export async function kernelPackage(arch: DebianArch, options: ProvideOptions): Promise<CachedFile> {
  const meta = `linux-image-cloud-${arch}`;
  const [deb] = await debianPackages(
    { arch, binaries: [{ of: meta, matching: `^linux-image-\\d.*-cloud-${arch}$` }], sources: [] },
    options,
  );
  if (deb === undefined) throw new BringupError('artifact-failed', `apt fetched no package for ${meta}`);
  return deb;
}
