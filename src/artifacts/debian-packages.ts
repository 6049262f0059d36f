import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { type DebianArch, openPrivateApt, type PrivateApt } from './apt.ts';
import { cached } from './cache.ts';
import type { CachedFile } from './cache-entry.ts';
import { debianSources, type SourcesFile } from './debian-sources.ts';

export interface DebianQuestion {
  readonly arch: DebianArch;
  /** Binary packages; or, `of` a meta package, the one it depends on whose name matches. */
  readonly binaries: readonly (string | { readonly of: string; readonly matching: string })[];
  /** Source packages. */
  readonly sources: readonly string[];
}

/**
 * Fetches packages at the version that the archive offers today, checked by apt against the signed index. The answer
 * is remembered: the same question gives the same files, without a network, until the cache is cleared.
 * @throws BringupError `requirement-missing` where no Debian source is configured; what `openPrivateApt` throws.
 */
export async function debianPackages(question: DebianQuestion, options: ProvideOptions): Promise<CachedFile[]> {
  const { arch, binaries, sources } = question;
  const entry = await cached({
    kind: 'debian-packages',
    revision: 1,
    inputs: { arch, binaries, sources },
    ...options,
    build: async (dir) => {
      options.onProgress?.(`reading Debian’s package lists for ${arch}`);
      const root = join(dir, 'apt');
      const apt = await openPrivateApt(root, arch, await hostSources(sources.length > 0 ? ['deb', 'deb-src'] : ['deb']), options);
      const names = await Promise.all(binaries.map((wanted) => (typeof wanted === 'string' ? wanted : dependency(apt, wanted))));
      options.onProgress?.(`fetching ${[...names, ...sources].join(', ')}`);
      await apt('apt-get', ['download', '-q', ...names], dir);
      if (sources.length > 0) await apt('apt-get', ['source', '-q', '--download-only', ...sources], dir);
      await rm(root, { recursive: true });
    },
  });
  return [...entry.files.values()];
}

async function dependency(apt: PrivateApt, { of: meta, matching }: { of: string; matching: string }): Promise<string> {
  const record = await apt('apt-cache', ['show', '--no-all-versions', meta]);
  const depends = /^Depends:(.*)$/m.exec(record)?.[1] ?? ' nothing';
  const names = depends.split(/[,|]/).map((part) => part.trim().split(/\s/)[0] ?? '');
  const name = names.find((candidate) => new RegExp(matching).test(candidate));
  if (name !== undefined) return name;
  throw new BringupError(
    'artifact-failed',
    `Debian’s package ${meta} should depend on one that matches ${matching}; it depends on${depends}`,
    {
      hint: 'the archive has changed its package names: report it, and give a kernel of your own with --kernel meanwhile.',
    },
  );
}

async function hostSources(types: readonly ('deb' | 'deb-src')[]): Promise<string> {
  const etc = '/etc/apt';
  const parts = (await readdir(join(etc, 'sources.list.d')).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name));
  const names = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))];
  const files: SourcesFile[] = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(etc, name), 'utf8').catch(() => '') })),
  );
  const sources = debianSources(files, types);
  if (sources !== '') return sources;
  throw new BringupError(
    'requirement-missing',
    'no source of Debian’s archive is configured in /etc/apt; the guest is made of its packages',
    {
      hint: noSourceHint,
    },
  );
}

const noSourceHint = `install debian-archive-keyring and write this to /etc/apt/sources.list.d/debian.sources ("Architectures" keeps it apart from the host’s own packages):
  Types: deb
  URIs: (the address of a Debian mirror)
  Suites: bookworm
  Components: main
  Architectures: arm64
  Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg`;
