import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { BringupError } from '../../model/errors.ts';
import { runSystemTool } from '../tool.ts';

/** An ext2, ext3 or ext4 file system in a raw image. */
export interface FileSystemAt {
  readonly path: string;
  /** Where it begins. @default 0 */
  readonly offsetBytes?: number;
}

export interface FileSystemCheck {
  /** e2fsck's: 0 clean, 1 mended, 4 left as it was found, 8 and above e2fsck could not do it (e2fsck(8)). */
  readonly exitCode: number;
  /** Whether there was nothing to mend. */
  readonly clean: boolean;
  readonly text: string;
}

/**
 * Has e2fsck look at all of a file system; `repair` mends what it finds.
 * @throws BringupError `requirement-missing`.
 */
export async function checkFileSystem(at: FileSystemAt, { repair = false }: { repair?: boolean } = {}): Promise<FileSystemCheck> {
  const { exitCode, stdout, stderr } = await runSystemTool('e2fsck', ['-f', repair ? '-y' : '-n', device(at)]);
  return { exitCode, clean: exitCode === 0, text: `${stdout.toString()}${stderr}` };
}

/**
 * What debugfs prints for one request, e.g. `stat "/a"` or `blocks "/a"`.
 * @throws BringupError `image-invalid` where debugfs complains.
 */
export async function debugfs(at: FileSystemAt, request: string): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await runSystemTool('debugfs', ['-R', request, device(at)]);
  const complaint = stderr.replace(/^debugfs [\d.]+ .*\n/m, '').trim();
  if (exitCode === 0 && complaint === '') return stdout;
  throw new BringupError('image-invalid', `debugfs: ${request}: ${complaint || `exit code ${exitCode}`}`, {
    hint: 'is the path there, and does a file system begin at that offset?',
  });
}

/**
 * A file's content.
 * @throws BringupError `image-invalid` where there is none.
 */
export function readFileIn(at: FileSystemAt, path: string): Promise<Buffer> {
  return debugfs(at, `cat ${quoted(path)}`);
}

/**
 * SHA-256 of each regular file, by its path.
 * @throws BringupError `image-invalid` where not all can be read.
 */
export async function hashesOf(at: FileSystemAt): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'bringup-files-'));
  try {
    // Who is not root can't give the copies their owners.
    await debugfs(at, `rdump / ${quoted(folder)}`).catch(unlessAboutOwners);
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const hashes = new Map<string, string>();
    for (const file of found.filter((item) => item.isFile())) {
      const path = join(file.parentPath, file.name);
      const hash = createHash('sha256').update(await readFile(path));
      hashes.set(`/${relative(folder, path)}`, hash.digest('hex'));
    }
    return hashes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unlessAboutOwners(error: unknown): void {
  const complaints = error instanceof BringupError ? error.shortMessage.replace(/^debugfs: rdump [^:]*: /, '').split('\n') : [];
  if (complaints.length === 0 || !complaints.every((line) => line.includes('while changing ownership'))) throw error;
}

/** (libext2fs, io_manager options behind a question mark) */
function device({ path, offsetBytes = 0 }: FileSystemAt): string {
  return offsetBytes === 0 ? path : `${path}?offset=${offsetBytes}`;
}

/** For debugfs: a quote within is doubled. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}
