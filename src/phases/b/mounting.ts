import assert from 'node:assert/strict';
import { file, readFileIn } from '../../artifacts/index.ts';
import { type CheckContext, check } from '../define.ts';
import { assertAllPassed } from '../probe-report.ts';
import { runProgram } from '../program-check.ts';
import { succeed } from '../succeed.ts';
import { assertCleanOnHost, ext2Disk, guestHashes, hostHashes, mount, offsetBytes } from './volumes.ts';

/** File systems that the guest gets from the host, gives back, mounts for reading, or runs from. */
export const mountingChecks = [
  check(
    'b.host.hashes-agree',
    'every file that the host wrote is read right, and every file that the guest wrote is read right by the host',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 32, blockSize: 1024, files: filesOfManySizes() })] } },
    async (context) => {
      const written = await hostHashes({ path: context.disk().path, offsetBytes });
      await mount(context);
      assert.equal(await guestHashes(context), written, 'SHA-256 of each file: what the guest reads is what the host wrote');
      assert.equal(
        await succeed(context, "stat -c '%a %u:%g %Y' /mnt/by-host/mode; readlink /mnt/by-host/link"),
        '4751 70000:80000 1000000000\n../size-13',
      );
      await succeed(
        context,
        'mkdir /mnt/by-guest && for f in /mnt/size-*; do { echo by the guest; cat $f; } > /mnt/by-guest/$(basename $f); done',
      );
      await succeed(context, 'cp /bin/busybox /mnt/by-guest && rm /mnt/size-12* && echo more >> /mnt/size-13');
      const hashes = await guestHashes(context);
      await succeed(context, 'umount /mnt');
      await context.end('poweroff');
      await assertCleanOnHost(context, hashes);
    },
  ),

  check(
    'b.mount.clean',
    'after `umount` the disk is clean for the host’s e2fsck, and so it is after a power-off with the file system in use',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 16 }), ext2Disk({ sizeMiB: 16 })] } },
    async (context) => {
      await mount(context);
      await mount(context, { device: '/dev/vdb1', at: '/tmp/other' });
      await succeed(
        context,
        'for at in /mnt /tmp/other; do cp -r /etc $at && mkdir $at/folder && rm $at/etc/passwd && echo tail >> $at/etc/group; done',
      );
      const [hashes, others] = [await guestHashes(context), await guestHashes(context, '/tmp/other')];
      await succeed(context, 'umount /mnt');
      const { exitStatus } = await context.shell.run('ls /mnt/etc');
      assert.notEqual(exitStatus, 0, 'exit status of `ls` of what was unmounted');
      await context.end('poweroff');
      await assertCleanOnHost(context, hashes);
      await assertCleanOnHost(context, others, 1);
    },
  ),

  check(
    'b.mount.read-only',
    'a file system that is mounted for reading can be read, and refuses every change with EROFS',
    {
      guest: {
        init: 'shell',
        programs: ['b-readonly'],
        disks: [ext2Disk({ sizeMiB: 16, files: { '/file': 'content', '/empty': { directory: true } } })],
      },
    },
    async (context) => {
      const names = [
        'read',
        'open-for-writing',
        'open-truncating',
        'create',
        'chmod',
        'chown',
        'times',
        'unlink',
        'mkdir',
        'rmdir',
        'rename',
      ];
      const results = [...names, 'link', 'symlink', 'unchanged', 'remount', 'writable', 'busy', 'remount-read-only', 'refuses-again'];
      await mount(context, { options: 'ro' });
      assertAllPassed(
        await runProgram(context, 'b-readonly'),
        results.map((result) => `b.readonly.${result}`),
      );
    },
  ),

  check(
    'b.root.direct',
    'the kernel itself mounts an ext2 file system on NVMe as root and starts init from it',
    { guest: { init: 'shell', disks: [{ ...ext2Disk({ sizeMiB: 24 }), interface: 'nvme' }] } },
    async (context) => {
      const device = '/dev/nvme0n1p1';
      await succeed(context, `for i in $(seq 1 300); do [ -b ${device} ] && break; sleep 0.1; done`);
      await installRoot(context, device);
      // An init that the initramfs does not have: the kernel goes on to `root=` (Linux, init/main.c: kernel_init_freeable).
      const parameters = ['rdinit=/not-there', `root=${device}`, 'rootfstype=ext2', 'rootwait', 'rw', 'init=/sbin/init'];
      await assertRunsFromRoot(context, await context.restart('poweroff', { append: parameters }));
    },
  ),

  check(
    'b.root.switched',
    'the initramfs mounts /dev/vda1, and `switch_root` starts init from it',
    { guest: { init: 'shell', disks: [ext2Disk({ sizeMiB: 24 })] } },
    async (context) => {
      await installRoot(context, '/dev/vda1');
      await assertRunsFromRoot(context, await context.restart('poweroff', { append: ['rdinit=/init'], overlay: [switchingInit] }));
    },
  ),
];

/** Around the ends of direct, single and double indirect blocks of 1 KiB. */
function filesOfManySizes(): NonNullable<Parameters<typeof ext2Disk>[0]['files']> {
  const sizes = [0, 1, 12, 13, 1023, 1024, 1025, 12 * 1024, 12 * 1024 + 1, 268 * 1024, 268 * 1024 + 1, 2 ** 20 + 7];
  return {
    ...Object.fromEntries(sizes.map((size) => [`/size-${size}`, Buffer.alloc(size, `a file of ${size} bytes\n`)])),
    '/by-host/mode': { content: 'x', mode: 0o4751, uid: 70_000, gid: 80_000, mtime: 1_000_000_000 },
    '/by-host/link': { symlink: '../size-13' },
  };
}

/** Makes a root file system on the disk, of what the guest itself runs from. */
async function installRoot(context: CheckContext, device: string): Promise<void> {
  await mount(context, { device });
  await succeed(context, 'cp -a /bin /sbin /usr /etc /root /mnt');
  await succeed(
    context,
    'mkdir -p /mnt/proc /mnt/sys /mnt/dev /mnt/tmp /mnt/run /mnt/mnt && cp -a /dev/console /dev/null /mnt/dev && echo original > /mnt/root/note',
  );
}

async function assertRunsFromRoot(context: CheckContext, guest: CheckContext): Promise<void> {
  assert.match(await succeed(guest, 'cat /proc/mounts'), /^\S+ \/ ext[24] rw\b/m, 'what is mounted at /');
  assert.equal(
    await succeed(guest, 'cat /root/note; readlink /proc/1/exe'),
    'original\n/bin/busybox',
    'what is on it, and what runs as PID 1',
  );
  await succeed(guest, 'echo changed > /root/note');
  await guest.end('poweroff');
  await assertCleanOnHost(context);
  const note = await readFileIn({ path: context.disk().path, offsetBytes }, '/root/note');
  assert.equal(note.toString(), 'changed\n', 'what the guest wrote to it, as the host reads it');
}

/** An init that mounts the disk and goes on from there. */
const switchingInit = file(
  'init',
  [
    '#!/bin/sh',
    '. /etc/init.d/rcS',
    'until [ -b /dev/vda1 ]; do sleep 0.1; done',
    'mount -t ext2 /dev/vda1 /mnt || exec sh',
    'exec switch_root -c /dev/console /mnt /sbin/init',
    '',
  ].join('\n'),
  0o755,
);
