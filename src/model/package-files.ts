import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BringupError } from './errors.ts';

/** Path of a file that ships with this package, whether run from the source tree or from the built package. */
export function packageFile(path: string): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const found = join(dir, path);
    if (existsSync(found)) return found;
    if (dir === dirname(dir))
      throw new BringupError('file-not-found', `this installation of bringup lacks ${path}`, { hint: 'install it anew.' });
  }
}
