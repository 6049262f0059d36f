import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { CachedFile } from './cache-entry.ts';
import type { CrossCompiler } from './cross-compiler.ts';
import { runTool } from './tool.ts';

export interface BusyBoxIngredients {
  /** Source package `busybox` (.dsc and its tarballs), `musl-dev` and `linux-libc-dev` for the guest's architecture. */
  readonly packages: readonly CachedFile[];
  readonly compiler: CrossCompiler;
  /** Configuration lines that replace defconfig's. */
  readonly fragment: string;
}

/** Paths from the source folder, so that neither the result nor make ever sees where the cache is. */
const headers = ['../musl/usr/include/aarch64-linux-musl', '../linux/usr/include', '../linux/usr/include/aarch64-linux-gnu'];
const libraries = '../musl/usr/lib/aarch64-linux-musl/';

/** Leaves `busybox` and `busybox.links` in `dir`. */
export async function buildBusybox(
  dir: string,
  { packages, compiler, fragment }: BusyBoxIngredients,
  options: ProvideOptions,
): Promise<void> {
  const work = join(dir, 'work');
  const source = join(work, 'busybox');
  await mkdir(work);
  await runTool('dpkg-source', ['--no-check', '-x', findPackage(packages, /\.dsc$/).path, source], options);
  await runTool('dpkg-deb', ['-x', findPackage(packages, /^musl-dev_/).path, join(work, 'musl')], options);
  await runTool('dpkg-deb', ['-x', findPackage(packages, /^linux-libc-dev_/).path, join(work, 'linux')], options);

  const builtins = await runTool(compiler.command, ['-print-file-name=include'], options);
  const [musl, ...linux] = headers;
  const cc = [
    compiler.command,
    '-nostdinc',
    // GCC 14 refuses what syslogd passes to getsockname(2); older ones warn.
    '-Wno-error=incompatible-pointer-types',
    ...[musl, builtins.trim(), ...linux].map((path) => `-isystem ${path}`),
    `-B ${libraries}`,
    `-L ${libraries}`,
  ];
  const make = (...targets: string[]) =>
    runTool('make', [`ARCH=arm64`, `CROSS_COMPILE=${compiler.prefix}`, `CC=${cc.join(' ')}`, ...targets], {
      ...options,
      cwd: source,
      env: { KCONFIG_NOTIMESTAMP: '1', SOURCE_DATE_EPOCH: '0' },
    });
  await make('defconfig');
  const configFile = join(source, '.config');
  await writeFile(configFile, mergeConfig(await readFile(configFile, 'utf8'), fragment));
  await make('oldconfig');
  checkConfig(await readFile(configFile, 'utf8'), fragment);
  await make(`-j${availableParallelism()}`, 'busybox', 'busybox.links');

  for (const name of ['busybox', 'busybox.links']) await rename(join(source, name), join(dir, name));
  await rm(work, { recursive: true });
}

export function findPackage(packages: readonly CachedFile[], pattern: RegExp): CachedFile {
  const found = packages.find(({ path }) => pattern.test(basename(path)));
  if (found) return found;
  throw new BringupError('artifact-failed', `apt fetched no package file that matches ${pattern}`, {
    hint: 'run `bringup cache --clear`, then try again.',
  });
}

/** The option that a line of a kconfig file sets, or says is not set. */
const optionOf = (line: string): string | undefined => /^(?:# )?(CONFIG_\w+)(?==| is not set)/.exec(line)?.[1];

/** kconfig keeps the first of two settings, so the fragment's options must go out before they come in. */
function mergeConfig(config: string, fragment: string): string {
  const settings = fragment.split('\n').filter((line) => optionOf(line) !== undefined);
  const replaced = new Set(settings.map(optionOf));
  return [...config.split('\n').filter((line) => !replaced.has(optionOf(line))), ...settings, ''].join('\n');
}

/** kconfig drops what it doesn't know or can't grant without a word. An option that is to be off may be unknown. */
function checkConfig(config: string, fragment: string): void {
  const lines = config.split('\n');
  const lost = fragment.split('\n').find((line) => {
    const option = optionOf(line);
    if (option === undefined) return false;
    return line.startsWith('#') ? lines.some((have) => have.startsWith(`${option}=`)) : !lines.includes(line);
  });
  if (lost === undefined) return;
  throw new BringupError('artifact-failed', `this version of BusyBox does not take ${JSON.stringify(lost)} of initramfs/busybox.config`, {
    hint: 'adapt the configuration to the version that Debian ships.',
  });
}
