import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What a clone has beside its sources. */
const leftOut = ['.git', 'node_modules', 'dist', 'reports'];

/** Builds and packs a copy of the clone below a folder, and gives the tarball's path. The clone itself stays as it is. */
export async function packBringup(folder: string): Promise<string> {
  const copy = join(folder, 'copy');
  await cp(root, copy, { recursive: true, filter: (path) => !leftOut.includes(relative(root, path)) && !path.includes('/test/tmp-') });
  await mkdir(join(copy, 'reports'));
  await writeFile(join(copy, 'reports', 'run.jsonl'), '');
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await execa('pnpm', ['pack', '--pack-destination', folder], { cwd: copy });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  return join(folder, tarball ?? 'no tarball was made');
}

/** An empty project with the tarball installed, and of all else the versions that the clone has. */
export async function installInto(project: string, tarball: string): Promise<void> {
  await mkdir(project, { recursive: true });
  const devDependencies = {
    bringup: `file:${tarball}`,
    vitest: await installedVersion('vitest'),
    '@types/node': await installedVersion('@types/node'),
  };
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', type: 'module', private: true, devDependencies }));
  await execa('pnpm', ['install', '--prefer-offline'], { cwd: project });
}

async function installedVersion(name: string): Promise<string> {
  return JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** Paths of all files below a folder, in order. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : [])).sort();
}
