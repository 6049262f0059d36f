import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Artifact, ProvideOptions } from '../model/artifact.ts';
import { packageFile } from '../model/package-files.ts';
import { cached } from './cache.ts';
import { crossCompiler } from './cross-compiler.ts';
import { sha256File } from './sha256.ts';
import { runTool } from './tool.ts';

/** How the compiler makes a program that stands alone. */
export const flags = [
  '-std=c17',
  '-Os',
  '-static',
  '-nostdlib',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,--build-id=none',
  '-Wl,-z,noexecstack',
  // Else its segments lie 64 KiB apart in the file.
  '-Wl,-z,max-page-size=4096',
  '-s',
];

/**
 * Compiles initramfs/probes/<name>.c: a static program without a libc, a few kB.
 * @throws BringupError `file-not-found`, or `artifact-failed` with the compiler's words.
 */
export function probeArm64(name: string, options: ProvideOptions = {}): Promise<Artifact> {
  return staticProgramArm64(packageFile(join('initramfs', 'probes', `${name}.c`)), options);
}

/** Compiles a probe's source, or another program's that is written as one. */
export async function staticProgramArm64(source: string, options: ProvideOptions): Promise<Artifact> {
  const folder = dirname(source);
  const name = basename(source, '.c');
  const compiler = await crossCompiler('aarch64', options);
  const includes = await includedFiles(source);
  const own = ownFlags(await readFile(source, 'utf8'));
  const entry = await cached({
    kind: 'probe',
    revision: 1,
    inputs: { name, flags, compiler: compiler.version, sources: await Promise.all(includes.map(sha256File)) },
    ...options,
    build: async (dir) => {
      options.onProgress?.(`compiling ${name}`);
      await runTool(compiler.command, [...flags, ...own, '-o', join(dir, name), `${name}.c`], { ...options, cwd: folder });
    },
  });
  const { path, sha256 } = entry.file(name);
  return { path, sha256, name };
}

/** More flags, where the source's first comment has a line ` * Compiled: -static-pie -fPIE`. */
function ownFlags(source: string): string[] {
  return /^ \* Compiled: (.+)$/m.exec(source)?.[1]?.trim().split(' ') ?? [];
}

/** The file and what it includes with quotes, transitively. */
async function includedFiles(path: string, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = await readFile(path, 'utf8');
  for (const [, name = ''] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) await includedFiles(join(dirname(path), name), seen);
  return [...seen].sort();
}
