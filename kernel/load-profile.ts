import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BringupError } from '../src/model/errors.ts';
import { defineKernelProfile, type KernelProfile, type KernelProfileInput } from '../src/model/profile.ts';
import { kernels } from './index.ts';

/**
 * Finds a profile by its id, or loads it from a file: JSON (patterns as strings, `extends` an id or a file, paths relative to
 * the file), or a module whose default export is a profile.
 * @throws BringupError `profile-not-found` or `profile-invalid`.
 */
export async function loadProfile(idOrFile: string): Promise<KernelProfile> {
  const known = kernels[idOrFile];
  if (known) return known;
  const extension = extname(idOrFile);
  if (extension === '.json') return fromJson(idOrFile);
  if (['.ts', '.mts', '.js', '.mjs'].includes(extension)) return fromModule(idOrFile);
  throw new BringupError('profile-not-found', `there is no profile "${idOrFile}"`, {
    hint: `known profiles: ${Object.keys(kernels).join(', ')}; or give a .json, .ts or .js file.`,
  });
}

async function fromJson(file: string): Promise<KernelProfile> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw notReadable(file, error);
  });
  let input: Record<string, unknown>;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new BringupError('profile-invalid', `profile ${basename(file)} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  for (const field of ['kernel', 'initramfs', 'symbols', 'baseline']) {
    if (typeof input[field] === 'string') input[field] = resolve(dirname(file), input[field]);
  }
  const base = input.extends;
  if (base === undefined) return defineKernelProfile(input as KernelProfileInput);
  if (typeof base !== 'string') throw new BringupError('profile-invalid', `profile ${basename(file)}: extends: expected a profile's id`);
  return defineKernelProfile({
    ...input,
    extends: await loadProfile(extname(base) === '' ? base : resolve(dirname(file), base)),
  } as KernelProfileInput);
}

async function fromModule(file: string): Promise<KernelProfile> {
  const module: { default?: unknown } = await import(pathToFileURL(resolve(file)).href).catch((error) => {
    throw error instanceof BringupError ? error : notReadable(file, error);
  });
  if (module.default === undefined) {
    throw new BringupError('profile-invalid', `profile ${basename(file)} has no default export`, {
      hint: 'export default defineKernelProfile({ ... }).',
    });
  }
  return defineKernelProfile(module.default as KernelProfileInput);
}

function notReadable(file: string, error: unknown): BringupError {
  return new BringupError('profile-not-found', `profile ${basename(file)} can’t be loaded: ${(error as Error).message}`, { cause: error });
}
