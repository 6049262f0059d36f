import assert from 'node:assert/strict';
import type { DiskOptions } from '../../harness/devices/disk.ts';
import { type CheckContext, type CheckDraft, check } from '../define.ts';
import { assertAllPassed, resultPrefix } from '../probe-report.ts';
import { runProgram } from '../program-check.ts';
import { assertCleanOnHost, ext2Disk, guestHashes, inventory, mount } from './volumes.ts';

interface VolumeCheck {
  readonly id: string;
  readonly title: string;
  /** Works in /mnt, where the disk's first partition is mounted. */
  readonly probe: string;
  readonly results: readonly string[];
  readonly disk?: DiskOptions;
  /** Whether each file's hash is compared, too, which takes minutes for thousands. @default true */
  readonly isHashed?: boolean;
}

/** Blocks of 1 KiB are where indirect ones come soonest. */
const roomy = ext2Disk({ sizeMiB: 128, blockSize: 1024 });

/** What a probe does on a file system: judged by its results, by what is there after a restart, and by the host's e2fsck and hashes. */
export const contentChecks = [
  onVolume({
    id: 'b.names.links-and-renames',
    title: 'create, unlink, rename over a name and across directories, hard links, fast and slow symbolic links; all there after a restart',
    probe: 'b-names',
    results: [
      ...['folder', 'create', 'created', 'create-again', 'unlink', 'unlinked', 'unlink-again'],
      ...['rename-over', 'renamed-over', 'renamed-is-the-same', 'renamed-is-gone', 'replaced-is-readable', 'replaced-has-no-link'],
      ...['rename-across', 'renamed-across', 'rename-missing', 'rename-over-folder'],
      ...['folder-links', 'folder-rename-across', 'folder-renamed-across', 'folder-left-links', 'folder-new-links', 'folder-new-parent'],
      ...['folder-into-itself', 'folder-over-full', 'folder-over-empty', 'folder-replaced', 'folder-over-file', 'rmdir-full'],
      ...['link', 'link-count', 'link-is-the-same', 'link-shows', 'rename-to-other-link', 'renamed-to-other-link', 'link-stays'],
      ...['link-count-less', 'link-over', 'link-folder', 'symlink', 'symlink-leads', 'symlink-kind', 'symlink-length'],
      ...['symlink-1', 'symlink-59', 'symlink-60', 'symlink-1023', 'symlink-loop', 'symlink-dangling', 'symlink-removed-not-target'],
    ],
  }),
  onVolume({
    id: 'b.files.holes-and-ends',
    title: 'holes read as zeros and stay holes, also behind triple indirect blocks; files shrink and grow to the byte',
    probe: 'b-holes',
    results: [
      ...['write-behind', 'size', 'zeros', 'takes-no-room', 'data-begins', 'hole-begins', 'hole-ends-it', 'filled', 'before-filled'],
      ...['behind-filled', 'hole-between', 'stays-hole', 'far-written', 'far-size', 'far-forgotten', 'far-read', 'far-between'],
      ...['far-cut', 'far-kept', 'cut', 'cut-size', 'cut-gives-room', 'cut-keeps', 'cut-end', 'grow', 'grown-zeros', 'grown-keeps'],
      ...['grown-forgotten', 'grown-zeros-on-disk', 'grow-takes-no-room', 'cut-to-nothing', 'nothing-left'],
    ],
  }),
  onVolume({
    id: 'b.names.many-and-long',
    title: '10,000 entries in one directory, names of 255 bytes and deep paths are taken and found again; longer ones are refused',
    probe: 'b-entries',
    isHashed: false,
    results: [
      ...['made', 'forgotten', 'listed', 'foreign', 'twice', 'first', 'link', 'last', 'not-there', 'removed', 'left', 'in-use'],
      ...['name-255', 'name-255-there', 'name-256', 'deep-folders', 'deep-file', 'deep-forgotten', 'deep-there', 'path-4096'],
    ],
  }),
  onVolume({
    id: 'b.full.blocks-and-inodes',
    title: 'without free blocks, or free inodes, the error is ENOSPC, nothing is lost, and it goes on once there is room',
    probe: 'b-full',
    disk: ext2Disk({ sizeMiB: 8, blockSize: 1024, inodes: 128, reservedPercent: 0 }),
    results: [
      ...['kept-made', 'error', 'much', 'size', 'nothing-free', 'fsync', 'error-again', 'overwrite', 'forgotten', 'content', 'kept'],
      ...['shrink', 'room-again', 'goes-on', 'went-on', 'inodes-error', 'inodes-used', 'inodes-not-blocks', 'inodes-folder'],
      ...['inodes-link', 'inodes-kept', 'inode-again'],
    ],
  }),
  onVolume({
    id: 'b.times.large-inodes',
    title: 'inodes of 256 bytes keep dates from 1901 to 2446 to the nanosecond',
    probe: 'b-times',
    disk: ext2Disk({ sizeMiB: 16, inodeSize: 256 }),
    results: ['set', 'forgotten', 'room', 'never-another-century', 'seconds', 'nanoseconds', 'change-time-is-now', 'write-sets-it'],
  }),
  onVolume({
    id: 'b.times.small-inodes',
    title: 'inodes of 128 bytes keep dates from 1901 to 2038; a later one becomes their last second, and none another century',
    probe: 'b-times',
    disk: ext2Disk({ sizeMiB: 16, inodeSize: 128 }),
    results: ['set', 'forgotten', 'no-room', 'never-another-century', 'seconds', 'nanoseconds', 'change-time-is-now', 'write-sets-it'],
  }),
  onVolume({
    id: 'b.files.unlinked-while-open',
    title: 'a file that is unlinked while open stays one until it is closed; then its room is free again',
    probe: 'b-unlinked',
    results: [
      ...['written', 'takes-room', 'unlink', 'name-gone', 'links', 'forgotten', 'read', 'content', 'grows', 'other-file'],
      ...['room-is-kept', 'other-untouched', 'mapped', 'room-is-back', 'inode-is-back'],
    ],
  }),
  onVolume({
    id: 'b.files.mapped-and-direct',
    title: 'mapped, cached and direct (O_DIRECT) access see the same file; what msync wrote stays, what lies behind the end does not',
    probe: 'b-mapped',
    disk: ext2Disk({ sizeMiB: 16, blockSize: 4096 }),
    results: [
      ...['map', 'read-sees', 'msync', 'on-disk', 'write', 'sees-write', 'forgotten', 'stays', 'end-forgotten', 'end-written'],
      ...['end-zeros', 'direct-open', 'direct-write', 'direct-written', 'direct-read', 'cache-sees-direct', 'direct-sees-cache'],
      ...['direct-unaligned', 'direct-odd-offset', 'direct-appends', 'direct-size'],
    ],
  }),
];

function onVolume({ id, title, probe, results, disk = roomy, isHashed = true }: VolumeCheck): CheckDraft {
  return check(id, title, { guest: { init: 'shell', programs: [probe], disks: [disk] } }, async (context) => {
    await mount(context);
    const report = await runProgram(context, probe, { timeoutMs: 240_000 });
    assertAllPassed(
      report,
      results.map((result) => `${resultPrefix(probe)}${result}`),
    );
    await assertKept(context, isHashed);
  });
}

/** Restarts the machine, and compares what is on its disk with what was, in the guest and on the host. */
async function assertKept(context: CheckContext, isHashed: boolean): Promise<void> {
  const hashes = isHashed ? await guestHashes(context) : undefined;
  const names = await inventory(context);
  await context.end('poweroff');
  await assertCleanOnHost(context, hashes);
  const again = await context.boot();
  await mount(again);
  assert.equal(await inventory(again), names, 'names, modes, owners, links, sizes and times after the restart');
}
