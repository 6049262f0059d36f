import { readFile } from 'node:fs/promises';
import type { ArtifactProvider } from '../model/artifact.ts';
import { directory, file } from './cpio-entry.ts';
import { align4 } from './cpio-header.ts';
import { writeCpio } from './cpio-write.ts';
import { store } from './initramfs.ts';
import { probeArm64 } from './probe.ts';

/**
 * An initramfs with probes as programs, `/probes/<name>`: a second archive behind the one of `base`, which stays as it is, compressed or
 * not. A kernel unpacks both, one after the other (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export function withPrograms(base: ArtifactProvider | undefined, names: readonly string[]): ArtifactProvider {
  return async (options = {}) => {
    const first = await base?.(options);
    const archive = first === undefined ? Buffer.alloc(0) : await readFile(first.path);
    const programs = await Promise.all(
      names.map(async (name) => file(`probes/${name}`, await readFile((await probeArm64(name, options)).path), 0o755)),
    );
    // The format wants each archive at a multiple of 4 bytes.
    const gap = Buffer.alloc(align4(archive.length) - archive.length);
    const bytes = Buffer.concat([archive, gap, writeCpio([directory('probes'), ...programs])]);
    return {
      ...(await store(bytes, options)),
      name: first?.name ?? 'programs',
      ...(first?.version !== undefined && { version: first.version }),
    };
  };
}
