import { describe, expect, test } from 'vitest';
import type { Disk } from './devices/disk.ts';
import { planNetwork } from './devices/network.ts';
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

test('in virtual time the board hands out no seeds, and instructions are counted', () => {
  const argv = qemuArgv({ ...spec, virtualTime: { nsPerInstruction: 8 }, ram: { path: '/r', isShared: false } });
  expect(argumentOf(argv, '-machine')).toBe('virt,gic-version=3,memory-backend=ram0,dtb-randomness=off');
  expect(argumentOf(argv, '-icount')).toBe('shift=3,sleep=off');
  const other = qemuArgv({ ...spec, arch: 'x86_64', machineType: 'q35', virtualTime: { nsPerInstruction: 1 } });
  expect(argumentOf(other, '-machine')).toBe('q35');
  expect(qemuArgv(spec)).not.toContain('-icount');
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

/** The objects that follow an option. */
function objectsOf(argv: readonly string[], option: string): Record<string, unknown>[] {
  return argv.filter((_, index) => argv[index - 1] === option).map((text) => JSON.parse(text));
}

describe('devices', () => {
  const image = { path: '/d/a,b=c', format: 'raw' } as const;
  const disk: Disk = {
    id: 'disk0',
    image,
    writes: 'image',
    sizeBytes: 512,
    interface: 'virtio',
    readOnly: false,
    serial: 's',
    sectorSize: 4096,
  };

  test('a side channel is two ports with descriptors of their own, behind the disks, whose names stay', () => {
    const argv = qemuArgv({ ...spec, sideChannel: true, disks: [disk] });
    const from = argv.findIndex((argument) => argument.includes('virtio-blk-pci'));
    expect(argv.slice(from).filter((argument) => /side|virtio-serial|virtserial/.test(argument))).toEqual([
      'virtio-serial-pci',
      `socket,id=side0,fd=${sideShellFd}`,
      'virtserialport,chardev=side0,name=bringup.shell',
      `socket,id=side1,fd=${sideDataFd}`,
      'virtserialport,chardev=side1,name=bringup.data',
    ]);
    expect(new Set([serialFd, qmpFd, gdbFd, stateFd, sideShellFd, sideDataFd]).size).toBe(6);
  });

  test('a disk is a chain of named nodes, each before what stands on it, and a device on the last', () => {
    const over: Disk = { ...disk, image: { path: '/d/o', format: 'qcow2', backing: image, isTemporary: true } };
    const argv = qemuArgv({ ...spec, disks: [over] });
    const nodes = objectsOf(argv, '-blockdev');
    expect(nodes.map((node) => [node['node-name'], node.driver, node.filename ?? node.file, node['read-only'], node.backing])).toEqual([
      ['disk0-base-file', 'file', '/d/a,b=c', true, undefined],
      ['disk0-base-image', 'raw', 'disk0-base-file', true, undefined],
      ['disk0-file', 'file', '/d/o', false, undefined],
      ['disk0-image', 'qcow2', 'disk0-file', false, 'disk0-base-image'],
    ]);
    expect(
      nodes.map(({ cache }) => cache !== undefined),
      'flushes reach the host only where the file stays',
    ).toEqual([false, false, true, true]);
    expect(objectsOf(argv, '-device')).toEqual([
      { driver: 'virtio-blk-pci', id: 'disk0', drive: 'disk0-image', serial: 's', logical_block_size: 4096, physical_block_size: 4096 },
    ]);
  });

  test('an NVMe disk that can’t be written', () => {
    const argv = qemuArgv({ ...spec, disks: [{ ...disk, interface: 'nvme', readOnly: true }] });
    expect(objectsOf(argv, '-device')).toMatchObject([{ driver: 'nvme', drive: 'disk0-image' }]);
    for (const node of objectsOf(argv, '-blockdev')) expect(node).toMatchObject({ 'read-only': true });
  });

  test('each network card has a backend, and those of kind socket a descriptor of their own', () => {
    const kinds = ['socket', 'user', 'none', 'socket'] as const;
    const networks = kinds.map((kind, index) => planNetwork({ kind }, index));
    const argv = qemuArgv({ ...spec, networks });
    expect(objectsOf(argv, '-netdev')).toEqual([
      { type: 'stream', id: 'net0', addr: { type: 'fd', str: '9' } },
      { type: 'user', id: 'net1', restrict: true },
      { type: 'hubport', id: 'net2', hubid: 2 },
      { type: 'stream', id: 'net3', addr: { type: 'fd', str: '10' } },
    ]);
    const cards = objectsOf(argv, '-device');
    expect(cards.map(({ mac }) => mac)).toEqual(['56', '57', '58', '59'].map((last) => `52:54:00:12:34:${last}`));
    for (const card of cards) expect(card).toMatchObject({ driver: 'virtio-net-pci', netdev: card.id, romfile: '' });
  });

  test('ports come after all devices, so that those keep their places', () => {
    const argv = qemuArgv({ ...spec, disks: [disk], networks: [planNetwork({ kind: 'none' }, 0)], hotplugPorts: 2 });
    const devices = objectsOf(argv, '-device');
    expect(devices.map(({ id }) => id)).toEqual(['disk0', 'net0', 'port0', 'port1']);
    expect(devices.slice(2).map(({ chassis, slot }) => [chassis, slot])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});
