import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactProvider } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { cached } from './cache.ts';
import { crossCompiler } from './cross-compiler.ts';
import { debianCloudKernel } from './kernel.ts';
import { kernelHeaderPackages, unpackKernelHeaders } from './kernel-headers.ts';
import { sha256File } from './sha256.ts';
import { runTool } from './tool.ts';

/** The module initramfs/mutants/fault for Debian's arm64 cloud kernel, the one in the cache. It seeds the fault that its parameter `fault` names. */
export function faultModule(): ArtifactProvider {
  return async (options = {}) => {
    const kernel = await debianCloudKernel({ arch: 'arm64' })(options);
    const packages = await kernelHeaderPackages(kernel, options);
    const compiler = await crossCompiler('aarch64', options);
    const sources = packageFile('initramfs/mutants/fault');
    const names = (await readdir(sources)).sort();
    const entry = await cached({
      kind: 'fault-module',
      revision: 1,
      inputs: {
        packages: packages.map(({ sha256 }) => sha256),
        compiler: compiler.version,
        sources: await Promise.all(names.map(async (name) => [name, await sha256File(join(sources, name))])),
      },
      ...options,
      build: async (dir) => {
        options.onProgress?.(`building the module of seeded faults for ${kernel.name}`);
        const work = join(dir, 'work');
        const headers = await unpackKernelHeaders(packages, join(work, 'headers'), options);
        const module = join(work, 'fault');
        await cp(sources, module, { recursive: true });
        // CC, too: Debian's names a version of GCC that the host may not have.
        const tools = ['ARCH=arm64', `CROSS_COMPILE=${compiler.prefix}`, `CC=${compiler.command}`];
        await runTool('make', [...tools, `M=${module}`, 'modules'], { ...options, cwd: headers });
        await runTool(`${compiler.prefix}strip`, ['--strip-debug', join(module, 'fault.ko')], options);
        await rename(join(module, 'fault.ko'), join(dir, 'fault.ko'));
        await rm(work, { recursive: true });
      },
    });
    const { path, sha256 } = entry.file('fault.ko');
    return { path, sha256, name: 'fault module', ...(kernel.version !== undefined && { version: kernel.version }) };
  };
}
