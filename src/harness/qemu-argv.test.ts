import { expect, test } from 'vitest';
import { gdbFd, type QemuSpec, qemuArgv, qmpFd, serialFd, sideDataFd, sideShellFd, stateFd } from './qemu-argv.ts';

const spec: QemuSpec = {
  arch: 'aarch64',
  machineType: 'virt,gic-version=3',
  cpu: 'cortex-a72',
  vcpus: 2,
  memoryMiB: 256,
  kernelPath: '/k/vmlinuz',
  initramfsPath: '/i/initramfs',
  cmdline: ['console=ttyAMA0', 'foo=a,b'],
  extraArgs: [],
};

/** The value that follows an option. */
function argumentOf(argv: readonly string[], option: string): string | undefined {
  const at = argv.indexOf(option);
  return at === -1 ? undefined : argv[at + 1];
}

test('every field of the spec is on the command line', () => {
  const argv = qemuArgv(spec);
  expect(argumentOf(argv, '-machine')).toBe('virt,gic-version=3');
  expect(argumentOf(argv, '-cpu')).toBe('cortex-a72');
  expect(argumentOf(argv, '-smp')).toBe('2');
  expect(argumentOf(argv, '-m'), 'the unit is named: QEMU’s default is MiB, its suffixes are not').toBe('256M');
  expect(argumentOf(argv, '-kernel')).toBe('/k/vmlinuz');
  expect(argumentOf(argv, '-initrd')).toBe('/i/initramfs');
  expect(argumentOf(argv, '-append'), 'one argument, commas as they are').toBe('console=ttyAMA0 foo=a,b');
});

test('nothing of the host gets in, and a reset ends QEMU', () => {
  const argv = qemuArgv(spec);
  for (const option of ['-nodefaults', '-no-user-config', '-no-reboot']) expect(argv).toContain(option);
  expect(argumentOf(argv, '-display')).toBe('none');
});

test('serial line and QMP are inherited descriptors, each its own', () => {
  const chardevs = qemuArgv(spec).filter((_, index, argv) => argv[index - 1] === '-chardev');
  expect(chardevs).toEqual([`socket,id=serial0,fd=${serialFd}`, `socket,id=qmp0,fd=${qmpFd}`]);
  expect(serialFd).not.toBe(qmpFd);
});

test('the gdbstub is another inherited descriptor, where it is asked for', () => {
  const argv = qemuArgv({ ...spec, gdbstub: true });
  expect(argv).toContain(`socket,id=gdb0,fd=${gdbFd}`);
  expect(argumentOf(argv, '-gdb')).toBe('chardev:gdb0');
  expect(new Set([serialFd, qmpFd, gdbFd]).size).toBe(3);
  expect(qemuArgv(spec)).not.toContain('-gdb');
});

test('a side channel is two ports with descriptors of their own, behind the disks, whose names stay', () => {
  const argv = qemuArgv({ ...spec, sideChannel: true, disks: [{ path: '/d', format: 'raw' }] });
  expect(argv.filter((argument) => /side|virtio/.test(argument))).toEqual([
    'virtio-blk-pci,drive=disk0',
    'virtio-serial-pci',
    `socket,id=side0,fd=${sideShellFd}`,
    'virtserialport,chardev=side0,name=bringup.shell',
    `socket,id=side1,fd=${sideDataFd}`,
    'virtserialport,chardev=side1,name=bringup.data',
  ]);
  expect(new Set([serialFd, qmpFd, gdbFd, stateFd, sideShellFd, sideDataFd]).size).toBe(6);
});

test('without an initramfs there is no -initrd', () => {
  expect(qemuArgv({ ...spec, initramfsPath: undefined })).not.toContain('-initrd');
});

test('further arguments come last, so that they win', () => {
  expect(qemuArgv({ ...spec, extraArgs: ['-m', '512M'] }).slice(-2)).toEqual(['-m', '512M']);
});

test('equal specs give equal arguments, and the spec stays as it is', () => {
  const frozen = Object.freeze({ ...spec, cmdline: Object.freeze(['a']), extraArgs: Object.freeze(['-b']) });
  expect(qemuArgv(frozen)).toEqual(qemuArgv({ ...frozen }));
});
