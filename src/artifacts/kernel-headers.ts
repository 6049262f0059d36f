import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { DebianArch } from './apt.ts';
import type { CachedFile } from './cache-entry.ts';
import { debianPackages } from './debian-packages.ts';
import { runTool } from './tool.ts';

/**
 * The packages that modules for one of Debian's kernels are built with: its headers, those that all flavours share, and kbuild, whose
 * programs run on the host.
 * @param kernel An artifact of `debianCloudKernel`: named and versioned as its package.
 * @throws BringupError `artifact-failed` where the archive has only another kernel's by now; what `debianPackages` throws.
 */
export async function kernelHeaderPackages(kernel: Pick<Artifact, 'name' | 'version'>, options: ProvideOptions): Promise<CachedFile[]> {
  const name = kernel.name.replace('-image-', '-headers-');
  try {
    const forGuest = await debianPackages(
      { arch: 'arm64', binaries: [`${name}=${kernel.version}`, { of: name, matching: '^linux-headers-.*-common$' }], sources: [] },
      options,
    );
    const own = forGuest.find(({ path }) => path.includes(`/${name}_`));
    if (own === undefined) throw new BringupError('artifact-failed', `apt fetched no package ${name}`);
    const depends = await runTool('dpkg-deb', ['-f', own.path, 'Depends'], options);
    const kbuild = /(?:^|, )(linux-kbuild-[^\s,]+)/.exec(depends)?.[1];
    if (kbuild === undefined)
      throw new BringupError('artifact-failed', `${name} should depend on linux-kbuild-*; it depends on ${depends}`);
    return [...forGuest, ...(await debianPackages({ arch: hostArch(), binaries: [kbuild], sources: [] }, options))];
  } catch (error) {
    throw isGone(error) ? gone(kernel, error) : error;
  }
}

/** apt's words for a package, or a version of it, that its lists don't have. */
const isGone = (error: unknown): error is BringupError =>
  error instanceof BringupError && /Unable to locate package|Version .* was not found|[Nn]o packages found/.test(error.shortMessage);

function gone({ name, version }: Pick<Artifact, 'name' | 'version'>, cause: BringupError): BringupError {
  return new BringupError('artifact-failed', `Debian’s archive has no headers for the kernel in the cache, ${name} ${version}`, {
    hint: 'the archive has a newer kernel by now: run `bringup cache --clear`, then kernel and headers are fetched together.',
    cause,
  });
}

function hostArch(): DebianArch {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new BringupError('requirement-missing', `Debian’s kbuild is wanted for an x86-64 or AArch64 host; this one is ${process.arch}`);
}

/**
 * Unpacks such packages below `dir`, for use from there: their Makefiles name /usr/src and /usr/lib.
 * @returns the folder to run make in.
 */
export async function unpackKernelHeaders(packages: readonly CachedFile[], dir: string, options: ProvideOptions): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const { path } of packages) await runTool('dpkg-deb', ['-x', path, dir], options);
  const sources = join(dir, 'usr/src');
  const build = (await readdir(sources)).find((name) => /^linux-headers-.*-(?:arm64|amd64)$/.test(name));
  if (build === undefined)
    throw new BringupError('artifact-failed', 'the packages of kernel headers hold no usr/src/linux-headers-*-arm64 or -amd64');
  for (const name of ['Makefile', '.kernelvariables']) {
    const path = join(sources, build, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) await writeFile(path, text.replaceAll(/(?<![\w/])\/usr\/(?=src\/|lib\/)/g, `${dir}/usr/`));
  }
  return join(sources, build);
}
