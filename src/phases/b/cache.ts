import assert from 'node:assert/strict';
import { z } from 'zod';
import { type CheckContext, check } from '../define.ts';
import { succeed } from '../succeed.ts';
import { ext2Disk, mount } from './volumes.ts';

const fileBytes = 8 * 2 ** 20;
const writtenMiB = 64;

/** What is read again comes from memory; and how fast a file is written. */
export const cacheChecks = [
  check(
    'b.cache.second-read',
    'a file that was read once is read again without a request to the disk',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 24, blockSize: 4096 })] } },
    async (context) => {
      await mount(context);
      await succeed(context, `dd if=/dev/urandom of=/mnt/file bs=1M count=8 && sync && echo 3 > /proc/sys/vm/drop_caches`);
      const before = await readBytes(context);
      const hash = await succeed(context, 'sha256sum /mnt/file');
      const afterFirst = await readBytes(context);
      assert.ok(afterFirst - before >= fileBytes, `the first read takes ${fileBytes} bytes from the disk; it took ${afterFirst - before}`);
      assert.equal(await succeed(context, 'sha256sum /mnt/file'), hash);
      assert.equal((await readBytes(context)) - afterFirst, 0, 'bytes that the second read takes from the disk');
    },
  ),

  check(
    'b.write.sequential',
    `${writtenMiB} MiB are written in sequence, and the rate recorded (the blueprint wishes for 100 MB/s)`,
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 96, blockSize: 4096 })] } },
    async (context) => {
      await mount(context);
      const startedAt = performance.now();
      await succeed(context, `dd if=/dev/zero of=/mnt/file bs=1M count=${writtenMiB} conv=fsync`);
      const seconds = (performance.now() - startedAt) / 1000;
      assert.equal(await succeed(context, 'stat -c %s /mnt/file'), String(writtenMiB * 2 ** 20));
      context.metric('sequential_write_host_bytes_per_s', Math.round((writtenMiB * 2 ** 20) / seconds));
    },
  ),
];

/** (QEMU, qapi/block-core.json: BlockStats) */
const statisticsSchema = z.array(z.looseObject({ qdev: z.string().optional(), stats: z.looseObject({ rd_bytes: z.number() }) }));

/** What the guest has read from its disk since the machine began, in bytes. */
async function readBytes({ machine, signal }: CheckContext): Promise<number> {
  const statistics = statisticsSchema.parse(await machine.qmp.execute('query-blockstats', {}, { signal }));
  const ofDisk = statistics.filter(({ qdev }) => qdev?.includes('disk0'));
  assert.equal(ofDisk.length, 1, 'QEMU has statistics of the disk');
  return ofDisk.reduce((sum, { stats }) => sum + stats.rd_bytes, 0);
}
