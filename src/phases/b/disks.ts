import assert from 'node:assert/strict';
import { partitionedImage, partitionsOf } from '../../artifacts/index.ts';
import { type CheckContext, type CheckDraft, check } from '../define.ts';
import { assertAllPassed } from '../probe-report.ts';
import { runProgram } from '../program-check.ts';
import { succeed } from '../succeed.ts';
import { assertCleanOnHost, ext2, ext2Disk, guestHashes, mount } from './volumes.ts';

const sectorBytes = 512;

/** Disks and their partitions, as the guest finds them. */
export const diskChecks = [
  check(
    'b.disk.capacity',
    'the disk’s capacity is seen, and its last sector can be written and read; there is none behind it',
    { guest: { init: 'shell', disks: [{ sizeMiB: 160 }, { sizeMiB: 5, sectorSize: 4096 }] } },
    async (context) => {
      for (const [name, mib, bytes] of [
        ['vda', 160, 512],
        ['vdb', 5, 4096],
      ] as const) {
        assert.equal(await succeed(context, `cat /sys/block/${name}/size`), String((mib * 2 ** 20) / sectorBytes), `sectors of ${name}`);
        assert.equal(await succeed(context, `blockdev --getsize64 /dev/${name}`), String(mib * 2 ** 20), `bytes of ${name}`);
        assert.equal(await succeed(context, `blockdev --getss /dev/${name}`), String(bytes), `bytes of a block of ${name}`);
        const last = mib * 256 - 1;
        await succeed(
          context,
          `dd if=/dev/urandom of=/tmp/block bs=4k count=1 && dd if=/tmp/block of=/dev/${name} bs=4k seek=${last} conv=fsync`,
        );
        await succeed(context, 'echo 3 > /proc/sys/vm/drop_caches');
        await succeed(context, `dd if=/dev/${name} bs=4k skip=${last} > /tmp/last && cmp /tmp/block /tmp/last`);
        const { exitStatus } = await context.shell.run(`dd if=/tmp/block of=/dev/${name} bs=4k seek=${last + 1}`);
        assert.notEqual(exitStatus, 0, `exit status of a write behind the end of ${name}`);
      }
    },
  ),

  partitions('mbr', 'an MBR'),
  partitions('gpt', 'a GPT'),

  check(
    'b.disk.two',
    'two disks keep apart what is written to them at the same time, and are told from each other by their serial numbers',
    {
      guest: {
        init: 'shell',
        disks: [
          { ...ext2Disk({ sizeMiB: 16, label: 'one' }), serial: 'first-disk' },
          { ...ext2Disk({ sizeMiB: 16, label: 'two' }), serial: 'second-disk' },
        ],
      },
    },
    async (context) => {
      assert.equal(await succeed(context, 'cat /sys/block/vda/serial; echo; cat /sys/block/vdb/serial'), 'first-disk\nsecond-disk');
      await mount(context);
      await mount(context, { device: '/dev/vdb1', at: '/tmp/other' });
      const fill = (at: string) => `for i in $(seq 1 40); do dd if=/dev/urandom of=${at}/$i bs=20k count=2; done`;
      await succeed(context, `{ ${fill('/mnt')}; } & { ${fill('/tmp/other')}; } & wait; sync; echo 3 > /proc/sys/vm/drop_caches`);
      const [one, other] = [await guestHashes(context), await guestHashes(context, '/tmp/other')];
      for (const at of ['/mnt', '/tmp/other']) {
        const sizes = await succeed(context, `find ${at} -type f -size 80 | wc -l`);
        assert.equal(sizes, '40', `files of 40 KiB below ${at}`);
      }
      assert.notEqual(one, other, 'what is on the disks');
      await context.end('poweroff');
      await assertCleanOnHost(context, one);
      await assertCleanOnHost(context, other, 1);
    },
  ),

  check(
    'b.disk.nvme',
    'a disk on NVMe is found, read, written, and keeps what was written over a reboot',
    { guest: { init: 'shell', disks: [{ ...ext2Disk({ sizeMiB: 24 }), interface: 'nvme' }] } },
    async (context) => {
      const device = '/dev/nvme0n1p1';
      await waitFor(context, device);
      await mount(context, { device });
      await succeed(context, 'dd if=/dev/urandom of=/mnt/file bs=1M count=8 && echo second > /mnt/second && sync');
      const hashes = await guestHashes(context);
      const again = await context.restart('reboot');
      await waitFor(again, device);
      await mount(again, { device });
      assert.equal(await guestHashes(again), hashes, 'SHA-256 of each file after the reboot');
      await again.end('poweroff');
      await assertCleanOnHost(context, hashes);
    },
  ),

  check(
    'b.disk.read-only',
    'a disk that can only be read says so, refuses writes and can be mounted for reading',
    { guest: { init: 'shell', disks: [{ ...ext2Disk({ sizeMiB: 16, files: { '/file': 'content\n' } }), readOnly: true }] } },
    async (context) => {
      assert.equal(await succeed(context, 'blockdev --getro /dev/vda; blockdev --getro /dev/vda1'), '1\n1');
      const { exitStatus } = await context.shell.run('dd if=/dev/zero of=/dev/vda bs=4k count=1 conv=fsync');
      assert.notEqual(exitStatus, 0, 'exit status of a write to the disk');
      await mount(context, { options: 'ro' });
      assert.equal(await succeed(context, 'cat /mnt/file'), 'content');
      const { exitStatus: made } = await context.shell.run('touch /mnt/new');
      assert.notEqual(made, 0, 'exit status of `touch` on it');
      const { output } = await context.shell.run('mount -o remount,rw /mnt; touch /mnt/new; ls /mnt', { captured: true });
      assert.doesNotMatch(output, /^new$/m, 'what is on it after an attempt to mount it for writing');
    },
  ),

  check(
    'b.disk.failing',
    'a block that the disk can’t read or write is EIO for the program that wants it, and for no other block',
    {
      expects: ['io-error'],
      guest: {
        init: 'shell',
        programs: ['b-failing'],
        disks: [
          { ...ext2Disk({ sizeMiB: 8, blockSize: 1024 }), errors: [{ on: 'read', sectors: { from: 5 * 2048, count: 32 } }] },
          { sizeMiB: 8, errors: [{ on: 'write', sectors: { from: 4 * 2048, count: 32 } }] },
        ],
      },
    },
    async (context) => {
      await mount(context);
      const results = [
        ...['written', 'fsync', 'forgotten', 'some-fail', 'others-dont', 'is-eio', 'others-are-right', 'again', 'mapped', 'mapped-others'],
        ...['good-write', 'good-fsync', 'bad-write', 'bad-fsync', 'good-fsync-again', 'bad-direct'],
      ];
      assertAllPassed(
        await runProgram(context, 'b-failing'),
        results.map((result) => `b.failing.${result}`),
      );
    },
  ),
];

/** Three partitions, of which the first and the last hold a file system. */
function partitions(table: 'mbr' | 'gpt', name: string): CheckDraft {
  const image = partitionedImage({
    table,
    partitions: [
      { image: ext2({ sizeMiB: 16, files: { '/which': 'the first\n' } }) },
      { sizeMiB: 3 },
      { image: ext2({ sizeMiB: 8, files: { '/which': 'the last\n' } }) },
    ],
  });
  return check(
    `b.partitions.${table}`,
    `the partitions of ${name} are found, each where it lies and as large as it is`,
    { guest: { init: 'shell', disks: [{ image }] } },
    async (context) => {
      const expected = (await partitionsOf(context.disk().path)).map(({ startBytes, sizeBytes }) => [startBytes, sizeBytes]);
      const seen = await succeed(context, 'for i in 1 2 3; do echo $(cat /sys/block/vda/vda$i/start /sys/block/vda/vda$i/size); done');
      const found = seen.split('\n').map((line) => line.split(' ').map((sectors) => Number(sectors) * sectorBytes));
      assert.deepEqual(found, expected, 'start and size of each partition in bytes');
      assert.equal(await succeed(context, 'ls -d /dev/vda?*'), '/dev/vda1\n/dev/vda2\n/dev/vda3');
      await mount(context);
      await mount(context, { device: '/dev/vda3', at: '/tmp/last' });
      assert.equal(await succeed(context, 'cat /mnt/which /tmp/last/which'), 'the first\nthe last');
      // A partition ends where the next one begins.
      await succeed(
        context,
        'dd if=/dev/zero bs=64k | tr "\\0" x | dd of=/dev/vda2 bs=64k; sync; umount /mnt /tmp/last; echo 3 > /proc/sys/vm/drop_caches',
      );
      await mount(context);
      await mount(context, { device: '/dev/vda3', at: '/tmp/last' });
      assert.equal(await succeed(context, 'cat /mnt/which /tmp/last/which'), 'the first\nthe last');
      assert.equal(await succeed(context, 'wc -c < /dev/vda2; tr -d x < /dev/vda2 | wc -c'), `${3 * 2 ** 20}\n0`);
    },
  );
}

/** The driver of NVMe disks looks for them in the background. */
async function waitFor(context: CheckContext, device: string): Promise<void> {
  await succeed(context, `for i in $(seq 1 300); do [ -b ${device} ] && break; sleep 0.1; done; [ -b ${device} ]`);
}
