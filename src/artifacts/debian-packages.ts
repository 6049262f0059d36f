import { join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { openPrivateApt, type DebianArch, type PrivateApt } from './apt.ts';
import { cached } from './cache.ts';
import type { CachedFile } from './cache-entry.ts';
import { cacheRoot } from './cache-root.ts';

export interface DebianQuestion {
  readonly arch: DebianArch;
  /** A binary package; or, `of` a meta package, the one it depends on whose name matches. */
  readonly binaries: readonly (string | { readonly of: string; readonly matching: string })[];
  /** Source packages. */
  readonly sources?: readonly string[];
}

/**
 * Fetches packages at the version that the archive offers today, checked by apt against its signed index. The answer
 * is remembered: the same question gives the same files, without a network, until the cache is cleared.
 */
export async function debianPackages(question: DebianQuestion, options: ProvideOptions): Promise<CachedFile[]> {
  const { arch, binaries, sources = [] } = question;
  const entry = await cached({
    kind: 'debian-packages',
    inputs: { arch, binaries, sources },
    ...options,
    build: async (dir) => {
      const apt = await openPrivateApt(join(cacheRoot(), 'apt', arch), arch, options);
      const names = await Promise.all(binaries.map((wanted) => (typeof wanted === 'string' ? wanted : dependency(apt, wanted))));
      options.onProgress?.(`fetching ${[...names, ...sources].join(', ')}`);
      if (names.length > 0) await apt.run('apt-get', ['download', '-q', ...names], dir);
      if (sources.length > 0) await apt.run('apt-get', ['source', '-q', '--download-only', ...sources], dir);
    },
  });
  return [...entry.files.values()];
}

async function dependency(apt: PrivateApt, { of: meta, matching }: { of: string; matching: string }): Promise<string> {
  const record = await apt.run('apt-cache', ['show', '--no-all-versions', meta]);
  const depends = /^Depends:(.*)$/m.exec(record)?.[1] ?? '';
  const name = depends.split(/[,|]/).map((part) => part.trim().split(/\s/)[0] ?? '').find((part) => new RegExp(matching).test(part));
  if (name) return name;
  throw new BringupError('artifact-failed', `Debian's package ${meta} depends on nothing that matches ${matching}; it depends on:${depends || ' nothing'}`, {
    hint: 'the archive has changed its package names: report it, and give a kernel of your own with --kernel meanwhile.',
  });
}
