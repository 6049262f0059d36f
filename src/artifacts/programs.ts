import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { type CpioEntry, directory, file } from './cpio-entry.ts';
import { align4 } from './cpio-header.ts';
import { writeCpio } from './cpio-write.ts';
import { store } from './initramfs.ts';
import { moduleEntries } from './kernel-modules.ts';
import { probeArm64 } from './probe.ts';

/**
 * An initramfs with probes as programs, `/probes/<name>`: a second archive behind the one of `base`, which stays as it is, compressed or
 * not. A kernel unpacks both, one after the other (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export function withPrograms(base: ArtifactProvider | undefined, names: readonly string[]): ArtifactProvider {
  return withEntries(base, 'programs', async (options) => {
    const programs = await Promise.all(
      names.map(async (name) => file(`probes/${name}`, await readFile((await probeArm64(name, options)).path), 0o755)),
    );
    return [directory('probes'), ...programs];
  });
}

/**
 * An initramfs whose PID 1 is a script, initramfs/scripts/<name>.sh: in the place of its /sbin/init, for the kernel parameter `rdinit=/sbin/init` or
 * a kernel that starts that.
 */
export function withScript(base: ArtifactProvider | undefined, name: string): ArtifactProvider {
  return withEntries(base, 'script', async () => {
    const script = await readFile(packageFile(join('initramfs', 'scripts', `${name}.sh`)));
    return [directory('sbin'), file('sbin/init', script, 0o755)];
  });
}

/** An initramfs with modules of Debian's arm64 cloud kernel behind it (see `moduleEntries`). */
export function withKernelModules(base: ArtifactProvider | undefined, names: readonly string[]): ArtifactProvider {
  return withEntries(base, 'modules', (options) => moduleEntries(names, options));
}

/** An initramfs with a second archive of these entries behind the one of `base`; `name` is its name where there is no `base`. */
export function withEntries(
  base: ArtifactProvider | undefined,
  name: string,
  entries: (options: ProvideOptions) => Promise<readonly CpioEntry[]>,
): ArtifactProvider {
  return async (options = {}) => {
    const first = await base?.(options);
    const archive = first === undefined ? Buffer.alloc(0) : await readFile(first.path);
    // The format wants each archive at a multiple of 4 bytes.
    const gap = Buffer.alloc(align4(archive.length) - archive.length);
    const bytes = Buffer.concat([archive, gap, writeCpio(await entries(options))]);
    return {
      ...(await store(bytes, options)),
      name: first?.name ?? name,
      ...(first?.version !== undefined && { version: first.version }),
    };
  };
}
