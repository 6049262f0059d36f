import { file } from '../artifacts/index.ts';
import type { DiskOptions } from '../harness/devices/disk.ts';
import type { Mutant } from './mutant.ts';
import { kernelFault, mutantsOf, refusedCalls, userland } from './seeds.ts';

const { of: b, kernel } = mutantsOf('b');

/** Other disks than the check asks for. */
const disks = (change: (disk: DiskOptions) => DiskOptions): Mutant['change'] => ({ disks: (asked) => asked.map(change) });
const notOnNvme = disks(({ interface: _interface, ...disk }) => disk as DiskOptions);
const lying = (lies: Omit<NonNullable<DiskOptions['lies']>, 'seed'>) => disks((disk) => ({ ...disk, lies: { seed: 1, ...lies } }));

const SYS_msync = 227;
/** In sectors. */
const mebibyte = 2048;

export const bMutants: readonly Mutant[] = [
  b(
    'disk-ignores-flushes',
    'the disk answers flushes, and forgets what was written when it is switched off',
    'b.reboot.touch',
    lying({ ignoresFlushes: true }),
  ),
  b('disk-loses-writes', 'the disk loses three writes of ten', 'b.host.hashes-agree', lying({ loses: 0.3 })),
  b('disk-tears-writes', 'the disk writes three requests of ten in part', 'b.host.hashes-agree', lying({ tears: 0.3 })),
  b('disk-corrupts-writes', 'the disk changes bits of three writes of ten', 'b.host.hashes-agree', lying({ corrupts: 0.3 })),
  b(
    'disk-smaller-than-promised',
    'what is written to the last MiB of the disk is lost',
    'b.disk.capacity',
    disks((disk) => ({ ...disk, lies: { seed: 1, loses: 1, sectors: { from: 159 * mebibyte, count: mebibyte } } })),
  ),
  b(
    'disk-read-only',
    'the disk can only be read',
    'b.reboot.touch',
    disks((disk) => ({ ...disk, readOnly: true })),
  ),
  b(
    'disk-fails-reads',
    'the disk can’t read some of its blocks',
    'b.host.hashes-agree',
    disks((disk) => ({ ...disk, errors: [{ on: 'read', sectors: { from: 2 * mebibyte, count: 512 } }] })),
  ),
  b('disk-not-nvme', 'the disk is not found behind an NVMe controller', 'b.disk.nvme', notOnNvme),
  b('root-not-on-nvme', 'the root’s disk is not found behind an NVMe controller', 'b.root.direct', notOnNvme),
  b(
    'disk-not-read-only',
    'a disk that was promised to be for reading can be written',
    'b.disk.read-only',
    disks((disk) => ({ ...disk, readOnly: false })),
  ),
  b('disk-corrupts-zeros', 'the disk changes a bit of one write in twenty', 'b.reboot.zeros-128-mib', lying({ corrupts: 0.05 })),
  b('disk-tears-at-times', 'the disk writes one request in twenty in part', 'b.reboot.random-64-mib-1k', lying({ tears: 0.05 })),
  b('disk-loses-at-times', 'the disk loses one write in twenty', 'b.reboot.random-64-mib-4k', lying({ loses: 0.05 })),
  b('disks-swapped', 'the second disk is found first', 'b.disk.two', { disks: (asked) => [...asked].reverse() }),
  kernel('mbr-unseen', 'the partitions of an MBR are not seen', 'b.partitions.mbr'),
  kernel('gpt-unseen', 'the partitions of a GPT are not seen', 'b.partitions.gpt'),
  kernel('partitions-too-long', 'a partition reaches 4 KiB into what lies behind it', 'b.partitions.mbr'),
  kernel('sync-nothing', 'sync does nothing', 'b.durable.sync'),
  kernel('fsync-nothing', 'fsync, fdatasync, msync and O_SYNC do nothing', 'b.durable.fsync'),
  kernel('no-flush', 'the kernel never tells a disk to flush its cache', 'b.durable.sync'),
  b('msync-nothing', 'msync does nothing', 'b.durable.fsync', refusedCalls({ number: SYS_msync, errno: 0 })),
  kernel('truncate-to-sectors', 'a file is cut or grown to whole sectors', 'b.files.holes-and-ends'),
  kernel('truncate-keeps-blocks', 'a file that is cut keeps its blocks', 'b.files.holes-and-ends'),
  kernel('rename-leaves-name', 'rename leaves the old name as well', 'b.names.links-and-renames'),
  kernel('link-uncounted', 'a hard link is not counted', 'b.names.links-and-renames'),
  kernel('modes-lose-set-bits', 'setuid, setgid and sticky bits are gone when an inode is read from the disk', 'b.reboot.inodes'),
  kernel('times-lost', 'the time of the last change is gone when an inode is read from the disk', 'b.reboot.inodes'),
  kernel('owners-16-bits', 'owners lose their high half when an inode is read from the disk', 'b.reboot.inodes'),
  kernel('dates-32-bits', 'dates beyond 2038 are in the last century when an inode is read from the disk', 'b.times.large-inodes'),
  kernel('cache-hides-direct', 'a direct write leaves the page cache as it is', 'b.files.mapped-and-direct'),
  kernel('read-zeros', 'a page in sixteen of a file on a disk reads as zeros', 'b.host.hashes-agree'),
  kernel('full-is-eio', 'a write to a full disk answers EIO', 'b.full.blocks-and-inodes'),
  kernel('eio-is-zeros', 'a read that the disk failed claims success', 'b.disk.failing'),
  kernel('mount-ignores-ro', 'mount ignores that it shall be for reading', 'b.mount.read-only'),
  kernel('entries-left-out', 'a name in 1,000 is left out when a directory is read', 'b.names.many-and-long'),
  kernel('unmount-forgets', 'unmounting drops what was not written yet', 'b.mount.clean'),
  kernel('unlink-leaks', 'each file that is unlinked on a disk leaks 64 KiB', 'b.leaks.over-the-phase'),
  b(
    'switch-root-nothing',
    'switch_root does nothing, and ends',
    'b.root.switched',
    userland({ overlay: [file('sbin/switch_root', '#!/bin/sh\nexit 1\n', 0o755)] }),
  ),
  b(
    'unlinked-keeps-blocks',
    'a file that is unlinked keeps its blocks',
    'b.files.unlinked-while-open',
    kernelFault('truncate-keeps-blocks'),
  ),
  kernel('dates-a-day-off', 'a date is a day late when an inode is read from the disk', 'b.times.small-inodes'),
  kernel('tables-panic', 'the kernel panics at the 20th partition table that it reads', 'b.damage.partition-tables'),
  kernel('damage-panics', 'the kernel panics when it finds a file system damaged', 'b.damage.images'),
  b(
    'cache-forgets',
    'the page cache is emptied all the time',
    'b.cache.second-read',
    userland({
      overlay: [
        file(
          'bin/cttyhack-and-forget',
          '#!/bin/sh\n(echo 4 > /proc/sys/vm/drop_caches; while sleep 0.1; do echo 1 > /proc/sys/vm/drop_caches; done) &\nexec cttyhack "$@"\n',
          0o755,
        ),
        file('etc/inittab', '::sysinit:/etc/init.d/rcS\n::respawn:/bin/cttyhack-and-forget /bin/sh -l\n::shutdown:/bin/umount -a -r\n'),
      ],
    }),
  ),
];
