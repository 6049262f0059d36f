import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DebianArch } from '../../src/artifacts/apt.ts';
import { crossCompiler } from '../../src/artifacts/cross-compiler.ts';
import { debianPackages } from '../../src/artifacts/debian-packages.ts';
import { debianCloudKernel } from '../../src/artifacts/index.ts';
import { kernelHeaderPackages, unpackKernelHeaders } from '../../src/artifacts/kernel-headers.ts';
import { runTool } from '../../src/artifacts/tool.ts';

/*
 * Builds what the corpus is recorded with: `node --conditions=bringup-source test/corpus/build.ts DIR`. Into DIR come the crash module
 * for Debian's cloud kernels (crash-<arch>.ko) and a BusyBox for x86-64.
 */
const [folder = 'corpus-kernels'] = process.argv.slice(2);
const out = resolve(folder);
const sources = new URL('crash/', import.meta.url).pathname;
const arches = { arm64: { gnu: 'aarch64', make: 'arm64' }, amd64: { gnu: 'x86_64', make: 'x86' } } as const;

await mkdir(out, { recursive: true });
for (const arch of ['arm64', 'amd64'] as const) await debianModule(arch);

/** The crash module for Debian's cloud kernel. */
async function debianModule(arch: DebianArch): Promise<void> {
  const kernel = await debianCloudKernel({ arch })();
  const headers = kernel.name.replace('-image-', '-headers-');
  const packages =
    arch === 'arm64'
      ? await kernelHeaderPackages(kernel, {})
      : await debianPackages(
          {
            arch,
            binaries: [
              `${headers}=${kernel.version}`,
              { of: headers, matching: '^linux-headers-.*-common$' },
              { of: headers, matching: '^linux-kbuild-' },
            ],
            sources: [],
          },
          {},
        );
  await module(arch, await unpackKernelHeaders(packages, join(out, `headers-${arch}`), {}));
  if (arch === 'amd64') await busyboxX86();
}

async function module(arch: DebianArch, tree: string): Promise<void> {
  const { prefix, command } = await crossCompiler(arches[arch].gnu);
  const work = join(out, `module-${arch}`);
  await cp(sources, work, { recursive: true });
  const tools = [`ARCH=${arches[arch].make}`, `CROSS_COMPILE=${prefix}`, `CC=${command}`];
  await runTool('make', ['-s', ...tools, `M=${work}`, 'modules'], { cwd: tree });
  await runTool(`${prefix}strip`, ['--strip-debug', '-o', join(out, `crash-${arch}.ko`), join(work, 'crash.ko')]);
}

/** Debian's own: static, which is enough for a shell. */
async function busyboxX86(): Promise<void> {
  const [deb] = await debianPackages({ arch: 'amd64', binaries: ['busybox-static'], sources: [] }, {});
  const root = join(out, 'busybox-amd64');
  await runTool('dpkg-deb', ['-x', deb?.path ?? '', root]);
  await cp(join(root, 'bin/busybox'), join(out, 'busybox-x86_64'));
}
