import { createHash } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Json } from '../cache.ts';

/** A file of an image, as it is asked for. */
export type ImageEntry =
  /** A regular file's content. */
  | string
  | Uint8Array
  | (ImageEntryAttributes & ({ readonly content: string | Uint8Array } | { readonly symlink: string } | { readonly directory: true }));

export interface ImageEntryAttributes {
  /** Permission bits. @default 0o644, of directories 0o755 */
  readonly mode?: number;
  /** @default 0 */
  readonly uid?: number;
  /** @default 0 */
  readonly gid?: number;
  /** In seconds since the epoch. @default `imageEpoch` */
  readonly mtime?: number;
}

/** The time of all that has none of its own: 2024-01-01, in seconds since the epoch. */
export const imageEpoch = 1_704_067_200;

/** By absolute path; folders on the way need no entry. */
export type ImageFiles = Readonly<Record<string, ImageEntry>>;

/** Lays the files down in an empty folder on the host. */
export async function stageFiles(files: ImageFiles, folder: string): Promise<void> {
  for (const [path, entry] of Object.entries(files)) {
    const at = join(folder, path);
    await mkdir(dirname(at), { recursive: true });
    if (isContent(entry)) await writeFile(at, entry);
    else if ('content' in entry) await writeFile(at, entry.content);
    else if ('symlink' in entry) await symlink(entry.symlink, at);
    else await mkdir(at, { recursive: true });
  }
  await chmod(folder, 0o755);
}

/** debugfs requests that give each inode what the entry says of it, in place of the host's. */
export function attributeRequests(files: ImageFiles): string[] {
  const folders = new Set(Object.keys(files).flatMap(foldersOf));
  const implied = [...folders].map((path): [string, ImageEntry] => [path, { directory: true }]);
  const all = {
    ...Object.fromEntries(implied),
    ...Object.fromEntries(Object.entries(files).map(([path, entry]) => [absolute(path), entry])),
  };
  return Object.entries(all).flatMap(([path, entry]) => {
    const { mode, uid = 0, gid = 0, mtime = imageEpoch } = isContent(entry) ? ({} as ImageEntryAttributes) : entry;
    const set = (field: string, value: string): string => `set_inode_field "${path.replaceAll('"', '""')}" ${field} ${value}`;
    const times = ['atime', 'ctime', 'mtime'].map((field) => set(field, `@${mtime}`));
    return [set('mode', `0${modeOf(entry, mode).toString(8)}`), set('uid', String(uid)), set('gid', String(gid)), ...times];
  });
}

/** Equal for equal files. */
export function filesKey(files: ImageFiles): Json {
  return Object.entries(files).map(([path, entry]) => [path, keyOf(entry)]);
}

function keyOf(entry: ImageEntry): Json {
  if (isContent(entry)) return createHash('sha256').update(entry).digest('hex');
  if ('content' in entry) return { ...entry, content: keyOf(entry.content) };
  return { ...entry };
}

function isContent(entry: ImageEntry): entry is string | Uint8Array {
  return typeof entry === 'string' || entry instanceof Uint8Array;
}

/** (inode(7), st_mode) */
function modeOf(entry: ImageEntry, mode: number | undefined): number {
  if (isContent(entry) || 'content' in entry) return 0o100000 | (mode ?? 0o644);
  return 'symlink' in entry ? 0o120777 : 0o040000 | (mode ?? 0o755);
}

function absolute(path: string): string {
  return `/${path.replace(/^\/+/, '').replace(/\/+$/, '')}`;
}

/** The root and each folder on the way to a path. */
function foldersOf(path: string): string[] {
  const parts = absolute(path).split('/').slice(1, -1);
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}
