import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BringupError } from './errors.ts';

/** Whether this is a clone's source, as the launcher runs it, and not the built package. */
export const runsFromSource = import.meta.url.endsWith('.ts');

/** This package's folder: the clone, or the one it is installed in. */
export const packageRoot = nearestWithManifest(dirname(fileURLToPath(import.meta.url)));

/** Path of a file that ships with this package, whether run from the source tree or from the built package. */
export function packageFile(path: string): string {
  const found = join(packageRoot, path);
  if (existsSync(found)) return found;
  throw new BringupError('file-not-found', `this installation of bringup lacks ${path}`, { hint: 'install it anew.' });
}

/** What package.json says of this version. */
export function packageManifest(): { readonly version: string; readonly engines: { readonly node: string } } {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
}

function nearestWithManifest(folder: string): string {
  return existsSync(join(folder, 'package.json')) || folder === dirname(folder) ? folder : nearestWithManifest(dirname(folder));
}
