import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { checkFileSystem, readFileIn } from '../../artifacts/index.ts';
import { type CheckContext, check } from '../define.ts';
import { assertAllPassed } from '../probe-report.ts';
import { runProgram } from '../program-check.ts';
import { succeed } from '../succeed.ts';
import { ext2Disk, guestHashes, mount, offsetBytes } from './volumes.ts';

const disk = { ...ext2Disk({ sizeMiB: 24, blockSize: 1024 }), writeLog: true };
const mark = 'asked-for';
/** In the order of b-sync's argument. */
const ways = ['fsync', 'fdatasync', 'o-sync', 'msync'] as const;

/**
 * What was asked to be on the disk is on it: judged on what the disk had been told to keep (FLUSH, FUA) when the guest's call had returned. All else a
 * power cut may take; a QEMU that is merely killed loses nothing.
 */
export const durabilityChecks = [
  check(
    'b.durable.sync',
    'what was written before `sync` returned is on the disk after a power cut',
    { guest: { init: 'shell', disks: [disk] } },
    async (context) => {
      await mount(context);
      await succeed(
        context,
        'mkdir /mnt/folder && for i in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/mnt/folder/$i bs=50k count=$i; done',
      );
      await succeed(context, 'mv /mnt/folder/8 /mnt/moved && ln /mnt/moved /mnt/linked && ln -s moved /mnt/symlink && rm /mnt/folder/1');
      await succeed(context, 'sync');
      await context.machine.writeLog().mark(mark);
      const hashes = await guestHashes(context);
      assert.equal(hashes.split('\n').length, 8, 'files that were written');
      await assertDurable(context, hashes, mark);
      const again = await context.restart('power-cut');
      await mount(again);
      assert.equal(await guestHashes(again), hashes, 'SHA-256 of each file after the power cut');
      assert.equal(await succeed(again, 'readlink /mnt/symlink; stat -c %h /mnt/linked'), 'moved\n2');
    },
  ),

  check(
    'b.durable.fsync',
    'what fsync, fdatasync, msync or a write with O_SYNC has written is on the disk once it returns',
    { guest: { init: 'shell', programs: ['b-sync'], disks: [disk] } },
    async (context) => {
      await mount(context);
      for (const [argument, way] of ways.entries()) {
        assertAllPassed(await runProgram(context, 'b-sync', { args: [argument] }), ['b.sync.open', 'b.sync.written', 'b.sync.kept']);
        // Each has to see to its own FLUSH: what the next one does comes after the mark.
        await context.machine.writeLog().mark(way);
        const hashes = await guestHashes(context);
        assert.match(hashes, new RegExp(`^[0-9a-f]{64}  \\./${way}$`, 'm'), 'the files that are there');
        await assertDurable(context, hashes, way);
      }
    },
  ),
];

/** Each file is, whole, in what was durable at the mark; what keeps account of free blocks may be behind (e2fsck mends that). */
async function assertDurable({ machine }: CheckContext, hashes: string, mark: string): Promise<void> {
  const image = await machine.writeLog().imageAt({ lastFlushBefore: mark });
  const at = { path: image.path, offsetBytes };
  const { exitCode, text } = await checkFileSystem(at, { repair: true });
  // Bits of e2fsck(8)'s exit code: 1, 2: mended.
  assert.equal(exitCode & ~3, 0, `e2fsck -fy mends what was durable; it printed: ${text.slice(-2000)}`);
  for (const line of hashes.split('\n')) {
    const [hash, path = ''] = line.split('  .');
    const found = await readFileIn(at, path).catch((error: unknown) => assert.fail(`${path} was durable; instead: ${error}`));
    assert.equal(createHash('sha256').update(found).digest('hex'), hash, `SHA-256 of what was durable of ${path}`);
  }
}
