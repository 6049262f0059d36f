import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { BringupError } from '../model/errors.ts';
import { manifestName } from './cache-layout.ts';
import { sha256File } from './sha256.ts';

const manifestSchema = z.strictObject({
  v: z.literal(1),
  files: z.record(z.string(), z.strictObject({ sizeBytes: z.number().int().nonnegative(), sha256: z.string() })),
});

export interface CachedFile {
  /** Absolute path on the host. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A finished artifact: its files by their path inside the entry. */
export interface CacheEntry {
  readonly files: ReadonlyMap<string, CachedFile>;
  /** The file of that name, which the recipe is known to make. */
  file(name: string): CachedFile;
}

export type EntryState =
  | { readonly state: 'whole'; readonly entry: CacheEntry }
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly reason: string };

/** Records every file of a folder in its manifest; the folder is an entry from then on. */
export async function sealEntry(dir: string): Promise<void> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = found.filter((item) => item.isFile()).map((item) => relative(dir, join(item.parentPath, item.name)));
  const files: z.infer<typeof manifestSchema>['files'] = {};
  for (const path of paths.sort()) {
    const { size } = await stat(join(dir, path));
    files[path] = { sizeBytes: size, sha256: await sha256File(join(dir, path)) };
  }
  await writeFile(join(dir, manifestName), `${JSON.stringify({ v: 1, files }, null, 2)}\n`);
}

/** Looks at an entry and checks the digest of every file of it. */
export async function readEntry(dir: string): Promise<EntryState> {
  let text: string;
  try {
    text = await readFile(join(dir, manifestName), 'utf8');
  } catch {
    return (await exists(dir)) ? { state: 'damaged', reason: 'its manifest is missing' } : { state: 'missing' };
  }
  const manifest = manifestSchema.safeParse(parseJson(text));
  if (!manifest.success) return { state: 'damaged', reason: 'its manifest can’t be read' };
  const files = new Map<string, CachedFile>();
  for (const [name, recorded] of Object.entries(manifest.data.files)) {
    const path = join(dir, name);
    if ((await sha256File(path).catch(() => undefined)) !== recorded.sha256) return { state: 'damaged', reason: `${name} differs` };
    files.set(name, { path, ...recorded });
  }
  const file = (name: string): CachedFile => {
    const found = files.get(name);
    if (found) return found;
    throw new BringupError('cache-failed', `the cache entry ${dir} has no file ${name}`, { hint: 'run `bringup cache --clear`.' });
  };
  return { state: 'whole', entry: { files, file } };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
