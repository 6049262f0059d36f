import type { CorpusCase } from './case.ts';

const quickPanic = { until: /end Kernel panic|reboot:/, silence: 3, seconds: 60 };

/** `-drive` and `-device` of an NVMe disk of the folder DISKS. */
const nvme = (image: string, errors: readonly string[] = []): readonly string[] => [
  '-blockdev',
  JSON.stringify({
    driver: 'raw',
    'node-name': 'disk0',
    file: {
      driver: 'blkdebug',
      image: { driver: 'file', filename: `DISKS/${image}` },
      ...(errors.length > 0 && { 'inject-error': errors.map((event) => ({ event, errno: 5, immediately: false, once: false })) }),
    },
  }),
  '-device',
  'nvme,drive=disk0,serial=corpus',
];

const bootPanic = (name: string, change: Partial<CorpusCase>): CorpusCase => ({ name, ...quickPanic, ...change });

/** Boots of Debian's kernel that end in a panic. */
export const bootCrashCases: readonly CorpusCase[] = [
  bootPanic('boot-no-init', { append: ['rdinit=/sbin/nothing', 'init=/none'] }),
  bootPanic('boot-requested-init', { append: ['rdinit=', 'root=/dev/nvme0n1', 'init=/bin/absent'], qemuArgs: nvme('clean.img') }),
  bootPanic('boot-no-root', { append: ['rdinit=/nothing', 'root=/dev/vda1'] }),
  bootPanic('boot-no-root-verbose', { append: ['rdinit=/nothing', 'root=/dev/nvme0n1p3', 'initcall_debug', 'loglevel=8'] }),
  bootPanic('boot-unknown-filesystem', { append: ['rdinit=/nothing', 'root=/dev/nvme0n1', 'rootwait'], qemuArgs: nvme('zeros.img') }),
  bootPanic('boot-no-working-init', { append: ['rdinit=/nothing', 'root=/dev/nvme0n1', 'rootwait'], qemuArgs: nvme('clean.img') }),
  bootPanic('init-exits-0', { append: ['rdinit=/init'], overlay: { init: '#!/bin/sh\nexit 0\n' } }),
  bootPanic('init-exits-3', { append: ['rdinit=/init'], overlay: { init: '#!/bin/sh\necho "starting services"\nexit 3\n' } }),
  bootPanic('init-exits-127', { append: ['rdinit=/init', 'printk.time=0'], overlay: { init: '#!/bin/sh\nnot-there\n' } }),
  bootPanic('init-killed', { append: ['rdinit=/init'], overlay: { init: '#!/bin/sh\nulimit -s 16\nf() { f; }\nf\n' } }),
  bootPanic('init-sysrq', {
    append: ['rdinit=/init'],
    overlay: { init: '#!/bin/sh\nmount -t proc p /proc\necho c > /proc/sysrq-trigger\n' },
  }),
  bootPanic('init-smp', { vcpus: 4, append: ['rdinit=/init'], overlay: { init: '#!/bin/sh\nexit 1\n' } }),
  bootPanic('init-quiet', { append: ['quiet', 'rdinit=/init'], overlay: { init: '#!/bin/sh\nexit 1\n' } }),
  bootPanic('boot-panic-waits', { append: ['rdinit=/nothing', 'panic=0'], seconds: 20 }),
  bootPanic('boot-panic-5', { append: ['rdinit=/nothing', 'panic=5'], seconds: 40, silence: 7, until: /Rebooting/ }),
  bootPanic('boot-quiet-no-root', { append: ['rdinit=/nothing', 'quiet'] }),
  bootPanic('boot-no-time', { append: ['rdinit=/nothing', 'printk.time=0'] }),
  bootPanic('boot-panic-on-taint', { append: ['panic_on_taint=0x1000'], type: ['insmod /crash.ko'] }),
  bootPanic('boot-little-memory', { memoryMiB: 40, silence: 6, seconds: 60 }),
  bootPanic('boot-less-memory', { memoryMiB: 48, silence: 6, seconds: 60 }),
  bootPanic('boot-mem-parameter', { append: ['mem=44M'], silence: 6 }),
  bootPanic('boot-insmod-null', { append: ['rdinit=/init'], overlay: { init: '#!/bin/sh\ninsmod /crash.ko now=null-write\nexit 1\n' } }),
  bootPanic('boot-insmod-bug-panic', {
    append: ['rdinit=/init', 'oops=panic'],
    overlay: { init: '#!/bin/sh\ninsmod /crash.ko now=bug-on\nexit 1\n' },
  }),
  bootPanic('boot-insmod-warn-panic', {
    append: ['rdinit=/init', 'panic_on_warn=1'],
    overlay: { init: '#!/bin/sh\ninsmod /crash.ko now=warn-once\nexit 1\n' },
  }),
  bootPanic('boot-insmod-timer', {
    append: ['rdinit=/init', 'nokaslr'],
    overlay: { init: '#!/bin/sh\ninsmod /crash.ko "now=null-next timer"\nsleep 3\n' },
  }),
  bootPanic('boot-init-crashes', {
    append: ['rdinit=/init'],
    overlay: { init: '#!/bin/sh\nexec /bin/sh -c "insmod /crash.ko now=panic-named"\n' },
  }),
  {
    name: 'ext4-bad-directory',
    qemuArgs: nvme('directory.img'),
    type: ['mount -t ext4 /dev/nvme0n1 /mnt', 'ls -lR /mnt; cat /mnt/folder/file1'],
  },
  {
    name: 'ext4-bad-inode',
    qemuArgs: nvme('inode.img'),
    type: ['mount -t ext4 -o errors=continue /dev/nvme0n1 /mnt', 'cat /mnt/file1'],
  },
  {
    name: 'ext4-remount',
    qemuArgs: nvme('directory.img'),
    type: ['mount -t ext4 -o errors=remount-ro /dev/nvme0n1 /mnt', 'ls -lR /mnt; touch /mnt/x'],
  },
  { name: 'ext4-panic', qemuArgs: nvme('directory.img'), type: ['mount -t ext4 -o errors=panic /dev/nvme0n1 /mnt', 'ls -lR /mnt'] },
  { name: 'ext2-bad-directory', qemuArgs: nvme('ext2.img'), type: ['mount -t ext2 /dev/nvme0n1 /mnt', 'ls -lR /mnt'] },
  {
    name: 'disk-read-error',
    qemuArgs: nvme('clean.img', ['read_aio']),
    type: ['dd if=/dev/nvme0n1 of=/dev/null bs=4k count=8'],
    silence: 6,
  },
  { name: 'disk-read-error-mount', qemuArgs: nvme('clean.img', ['read_aio']), type: ['mount -t ext4 /dev/nvme0n1 /mnt'], silence: 6 },
  {
    name: 'disk-write-error',
    qemuArgs: nvme('clean.img', ['write_aio']),
    type: ['mount -t ext4 /dev/nvme0n1 /mnt', 'dd if=/dev/zero of=/mnt/new bs=64k count=20; sync; ls /mnt'],
    silence: 8,
  },
  {
    name: 'disk-write-error-raw',
    qemuArgs: nvme('clean.img', ['write_aio']),
    type: ['dd if=/dev/zero of=/dev/nvme0n1 bs=4k count=64; sync'],
    silence: 6,
  },
  {
    name: 'disk-flush-error',
    qemuArgs: nvme('clean.img', ['flush_to_disk']),
    type: ['mount -t ext4 /dev/nvme0n1 /mnt', 'echo x > /mnt/y; sync; ls /mnt'],
    silence: 8,
  },
];

const boots = (name: string, change: Partial<CorpusCase> = {}): CorpusCase => ({
  name,
  type: ['uname -a'],
  silence: 2,
  seconds: 90,
  ...change,
});

/** Boots and sessions in which nothing crashes. */
export const bootCleanCases: readonly CorpusCase[] = [
  boots('boot-default'),
  boots('boot-smp-2', { vcpus: 2 }),
  boots('boot-smp-4', { vcpus: 4 }),
  boots('boot-smp-8', { vcpus: 8, memoryMiB: 512 }),
  boots('boot-memory-128', { memoryMiB: 128 }),
  boots('boot-memory-1024', { memoryMiB: 1024 }),
  boots('boot-memory-4096', { memoryMiB: 3000 }),
  boots('boot-cortex-a53', { cpu: 'cortex-a53' }),
  boots('boot-cortex-a76', { cpu: 'cortex-a76' }),
  boots('boot-neoverse', { cpu: 'neoverse-n1' }),
  boots('boot-max', { cpu: 'max' }),
  boots('boot-gic2', { machineType: 'virt,gic-version=2' }),
  boots('boot-el2', { machineType: 'virt,gic-version=3,virtualization=on' }),
  boots('boot-el3', { machineType: 'virt,gic-version=3,secure=on' }),
  boots('boot-quiet', { append: ['quiet'] }),
  boots('boot-debug', { append: ['debug'] }),
  boots('boot-ignore-loglevel', { append: ['ignore_loglevel', 'dyndbg="file drivers/base/* +p"'] }),
  boots('boot-initcalls', { append: ['initcall_debug', 'loglevel=8'] }),
  boots('boot-no-time', { append: ['printk.time=0'] }),
  boots('boot-nokaslr', { append: ['nokaslr'] }),
  boots('boot-oops-panic', { append: ['oops=panic', 'panic_on_warn=1', 'panic=10'] }),
  boots('boot-strict-parameters', {
    append: ['panic_on_oops=1', 'softlockup_panic=1', 'hung_task_panic=1', 'nmi_watchdog=panic', 'BUG=1'],
  }),
  boots('boot-slub-debug', { append: ['slub_debug=FZPU', 'page_poison=1'] }),
  boots('boot-nosmp', { vcpus: 2, append: ['nosmp'] }),
  boots('boot-maxcpus', { vcpus: 4, append: ['maxcpus=2'] }),
  boots('boot-isolcpus', { vcpus: 4, append: ['isolcpus=3', 'nohz_full=3', 'rcu_nocbs=3'] }),
  boots('boot-crashkernel', { append: ['crashkernel=64M'], memoryMiB: 512 }),
  boots('boot-hugepages', { append: ['hugepages=8', 'default_hugepagesz=2M', 'transparent_hugepage=never'] }),
  boots('boot-audit-off', { append: ['audit=0', 'selinux=0', 'apparmor=0'] }),
  boots('boot-lockdown', { append: ['lockdown=integrity', 'module.sig_enforce=0'] }),
  boots('boot-ftrace', { append: ['ftrace=function', 'trace_buf_size=1M'] }),
  boots('boot-trace-printk', { append: ['tp_printk', 'trace_event=sched:sched_process_exec'] }),
  boots('boot-kernel-messages', { append: ['printk.devkmsg=on', 'log_buf_len=1M'] }),
  boots('boot-nvme', { qemuArgs: nvme('clean.img'), type: ['mount -t ext4 /dev/nvme0n1 /mnt', 'ls -l /mnt; umount /mnt'] }),
  boots('boot-recovery', { qemuArgs: nvme('dirty.img'), type: ['mount -t ext4 /dev/nvme0n1 /mnt', 'ls -l /mnt; umount /mnt'] }),
  boots('boot-orphan', { qemuArgs: nvme('clean.img'), type: ['mount -t ext4 -o ro,noload /dev/nvme0n1 /mnt', 'mount; umount /mnt'] }),
  boots('mount-no-filesystem', { qemuArgs: nvme('zeros.img'), type: ['mount -t ext4 /dev/nvme0n1 /mnt'] }),
  boots('boot-network', { qemuArgs: ['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0,romfile='], type: ['ip addr'] }),
  boots('boot-rng-balloon', { qemuArgs: ['-device', 'virtio-rng-pci', '-device', 'virtio-balloon-pci'], type: ['cat /proc/interrupts'] }),
  boots('boot-usb', { qemuArgs: ['-device', 'qemu-xhci', '-device', 'usb-kbd'], type: ['ls /sys/bus/pci/devices'] }),
  boots('boot-watchdog', { qemuArgs: ['-device', 'i6300esb', '-watchdog-action', 'none'], type: ['ls /dev'] }),
  boots('boot-earlycon-only', { append: ['earlycon=pl011,0x9000000', 'keep_bootcon'] }),
  boots('boot-unknown-parameters', { append: ['panic_please=1', 'Kernel_panic=not', 'oops', 'bug.level=3', 'foo.bar=BUG:'] }),
  boots('boot-shell-as-init', { append: ['rdinit=/bin/sh'] }),
  boots('poweroff', { type: ['poweroff'] }),
  boots('reboot', { type: ['reboot'] }),
  boots('halt', { type: ['halt'] }),
  boots('init-prints-panic', {
    append: ['rdinit=/init'],
    overlay: {
      init: '#!/bin/sh\nmount -t proc p /proc\necho "[    0.000000] not a Kernel panic - not syncing: only text"\necho "no BUG: here"\nexec /bin/sh\n',
    },
  }),
];
