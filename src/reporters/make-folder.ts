import { mkdirSync } from 'node:fs';
import { BringupError } from '../model/errors.ts';

/** Errors that the host is to blame for, and not the path that was given. */
const hostErrors: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

/**
 * Makes a folder for reports and those above it, where they are missing.
 * @throws BringupError `usage` where the path can't be a folder of ours; `harness-fault` where the disk is full or broken.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isHosts = hostErrors.has(code);
    throw new BringupError(isHosts ? 'harness-fault' : 'usage', `the folder for reports can’t be made: ${message}`, {
      hint: isHosts ? 'is the disk full? Free some space, or give another folder with --out.' : 'give another folder with --out.',
      cause: error,
    });
  }
}
