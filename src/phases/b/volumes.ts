import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  checkFileSystem,
  type ExtImageOptions,
  extImage,
  type FileSystemAt,
  hashesOf,
  partitionedImage,
  partitionOffset,
} from '../../artifacts/index.ts';
import type { DiskOptions } from '../../harness/devices/disk.ts';
import type { CheckContext } from '../define.ts';
import { succeed } from '../succeed.ts';

/** Where the first partition of a disk of ours begins. */
export const offsetBytes = partitionOffset(0);

/** Damage must not panic the kernel, whatever the image's maker says. */
export function ext2(options: Omit<ExtImageOptions, 'type' | 'errors'>): ReturnType<typeof extImage> {
  return extImage({ type: 'ext2', errors: 'continue', ...options });
}

/** A disk whose first partition holds ext2. */
export function ext2Disk(options: Omit<ExtImageOptions, 'type' | 'errors'>): DiskOptions & { readonly image: ReturnType<typeof extImage> } {
  return { image: partitionedImage({ table: 'mbr', partitions: [{ image: ext2(options) }] }) };
}

export async function mount(context: CheckContext, { device = '/dev/vda1', at = '/mnt', options = 'rw' } = {}): Promise<void> {
  await succeed(context, `mkdir -p ${at} && mount -t ext2 -o ${options} ${device} ${at}`);
}

/** Lists of more characters are compared by their digests: the console is slow. */
const mostCharacters = 20_000;

/** The lines that a command prints, sorted; one line with their digest where they are too many. */
async function listing(context: CheckContext, command: string): Promise<string> {
  const list = '/tmp/listing';
  const condense = `echo $(wc -l < ${list}) lines, sha256 $(sha256sum < ${list} | cut -c 1-64)`;
  const show = `if [ $(wc -c < ${list}) -le ${mostCharacters} ]; then cat ${list}; else ${condense}; fi`;
  return succeed(context, `${command} | sort > ${list} && { ${show}; }; rm ${list}`);
}

function condensed(lines: readonly string[]): string {
  const text = [...lines].sort().map((line) => `${line}\n`);
  if (text.join('').length <= mostCharacters) return text.join('').trimEnd();
  return `${text.length} lines, sha256 ${createHash('sha256').update(text.join('')).digest('hex')}`;
}

/** SHA-256 and path of each regular file below the folder, one line a file. */
export function guestHashes(context: CheckContext, at = '/mnt'): Promise<string> {
  return listing(context, `(cd ${at} && find . -type f -exec sha256sum {} +)`);
}

/** What stands in the inode of each name below the folder, but for the time of its last access and for fractions of seconds: one line a name. */
export function inventory(context: CheckContext, at = '/mnt'): Promise<string> {
  const format = '%N mode %f owner %u:%g links %h size %s blocks %b modified %Y changed %Z';
  // What is not written yet has no blocks yet.
  return listing(context, `(sync; cd ${at} && find . -exec stat -c '${format}' {} +)`);
}

/** As `guestHashes`, of a file system in an image. */
export async function hostHashes(at: FileSystemAt): Promise<string> {
  return condensed([...(await hashesOf(at))].map(([path, hash]) => `${hash}  .${path}`));
}

/** What the host finds in the first partition of a disk whose machine has ended: nothing for e2fsck to mend, and these hashes. */
export async function assertCleanOnHost(context: CheckContext, hashes?: string, disk = 0): Promise<void> {
  const at = { path: context.disk(disk).path, offsetBytes };
  const { clean, text } = await checkFileSystem(at);
  assert.ok(clean, `e2fsck -fn finds nothing on disk ${disk}; it printed: ${text.slice(-2000)}`);
  if (hashes !== undefined) assert.equal(await hostHashes(at), hashes, 'SHA-256 of each file: what the host reads is what the guest wrote');
}
