import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactProvider } from '../model/artifact.ts';
import { cached } from './cache.ts';
import { crossCompiler } from './cross-compiler.ts';
import { debianCloudKernel } from './kernel.ts';
import { kernelHeaderPackages, unpackKernelHeaders } from './kernel-headers.ts';
import { sha256File } from './sha256.ts';
import { runTool } from './tool.ts';

export interface ModuleSources {
  /** What the module is called, without `.ko`. */
  readonly name: string;
  /** Folder with its Kbuild. */
  readonly folder: string;
}

/** A module of ours for Debian's arm64 cloud kernel, the one in the cache, built from its sources. */
export function builtModule({ name, folder }: ModuleSources): ArtifactProvider {
  return async (options = {}) => {
    const kernel = await debianCloudKernel({ arch: 'arm64' })(options);
    const packages = await kernelHeaderPackages(kernel, options);
    const compiler = await crossCompiler('aarch64', options);
    const sources = (await readdir(folder)).sort();
    const entry = await cached({
      kind: `${name}-module`,
      revision: 1,
      inputs: {
        packages: packages.map(({ sha256 }) => sha256),
        compiler: compiler.version,
        sources: await Promise.all(sources.map(async (source) => [source, await sha256File(join(folder, source))])),
      },
      ...options,
      build: async (dir) => {
        options.onProgress?.(`building the ${name} module for ${kernel.name}`);
        const work = join(dir, 'work');
        const headers = await unpackKernelHeaders(packages, join(work, 'headers'), options);
        const module = join(work, name);
        await cp(folder, module, { recursive: true });
        // CC, too: Debian's names a version of GCC that the host may not have.
        const tools = ['ARCH=arm64', `CROSS_COMPILE=${compiler.prefix}`, `CC=${compiler.command}`];
        await runTool('make', [...tools, `M=${module}`, 'modules'], { ...options, cwd: headers });
        await runTool(`${compiler.prefix}strip`, ['--strip-debug', join(module, `${name}.ko`)], options);
        await rename(join(module, `${name}.ko`), join(dir, `${name}.ko`));
        await rm(work, { recursive: true });
      },
    });
    const { path, sha256 } = entry.file(`${name}.ko`);
    return { path, sha256, name: `${name} module`, ...(kernel.version !== undefined && { version: kernel.version }) };
  };
}
