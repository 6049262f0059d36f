import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';

export interface TestPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
}

/** A small archive in a folder, laid out as Debian's, unsigned. Gives the one-line source that names it. */
export async function makeArchive(dir: string, origin: string, packages: readonly TestPackage[]): Promise<string> {
  const index = 'main/binary-arm64/Packages';
  const release = join(dir, 'debian/dists/bookworm');
  await mkdir(join(release, 'main/binary-arm64'), { recursive: true });
  const stanzas = await Promise.all(packages.map((each) => makePackage(join(dir, 'debian'), each)));
  await writeFile(join(release, index), stanzas.join('\n'));
  const text = await readFile(join(release, index));
  const fields = [`Origin: ${origin}`, 'Suite: bookworm', 'Codename: bookworm', 'Architectures: arm64', 'Components: main'];
  await writeFile(
    join(release, 'Release'),
    `${fields.join('\n')}\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n ${sha256(text)} ${text.length} ${index}\n`,
  );
  return `deb [trusted=yes] file:${dir}/debian bookworm main`;
}

async function makePackage(archive: string, { name, version, depends }: TestPackage): Promise<string> {
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: arm64',
    'Maintainer: test',
    ...(depends ? [`Depends: ${depends}`] : []),
    'Description: test',
    '',
  ].join('\n');
  const source = join(archive, 'source', `${name}-${version}`);
  await mkdir(join(source, 'DEBIAN'), { recursive: true });
  await mkdir(join(archive, 'pool'), { recursive: true });
  await writeFile(join(source, 'DEBIAN/control'), control);
  const deb = join(archive, 'pool', `${name}_${version}_arm64.deb`);
  await execa('dpkg-deb', ['--root-owner-group', '-b', source, deb]);
  const digest = sha256(await readFile(deb));
  return `${control}Filename: pool/${basename(deb)}\nSize: ${(await stat(deb)).size}\nSHA256: ${digest}\n`;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
