import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { buildBusybox, findPackage } from './busybox-build.ts';
import { cached } from './cache.ts';
import type { CachedFile } from './cache-entry.ts';
import { crossCompiler } from './cross-compiler.ts';
import { debianPackages } from './debian-packages.ts';
import { packageOfFile } from './debian-version.ts';

export interface BusyBox {
  readonly binary: CachedFile;
  /** Absolute paths of its applets in a guest, e.g. `/bin/sh`. */
  readonly applets: readonly string[];
  /** Version of Debian's source package. */
  readonly version: string;
}

/**
 * BusyBox for arm64, built from Debian's source package against Debian's musl: static, and the same bytes from the
 * same inputs. (Debian's own static BusyBox is linked with glibc, whose resolver can't be static.)
 */
export async function busyboxArm64(options: ProvideOptions = {}): Promise<BusyBox> {
  const packages = await debianPackages({ arch: 'arm64', binaries: ['musl-dev', 'linux-libc-dev'], sources: ['busybox'] }, options);
  const compiler = await crossCompiler('aarch64', options);
  const fragment = await readFile(packageFile('initramfs/busybox.config'), 'utf8');
  const { version } = packageOfFile(basename(findPackage(packages, /\.dsc$/).path));
  const entry = await cached({
    kind: 'busybox',
    revision: 1,
    inputs: { packages: packages.map(({ sha256 }) => sha256), compiler: compiler.version, fragment },
    ...options,
    build: (dir) => {
      options.onProgress?.(`building BusyBox ${version} (about a minute)`);
      return buildBusybox(dir, { packages, compiler, fragment }, options);
    },
  });
  const applets = (await readFile(entry.file('busybox.links').path, 'utf8')).split('\n').filter(Boolean);
  return { binary: entry.file('busybox'), applets, version };
}
