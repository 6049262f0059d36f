import type { KernelProfile } from '../model/profile.ts';
import { blockNodes, blockObjects, topOf } from './devices/block-nodes.ts';
import { diskDevice, networkDevice, portDevice } from './devices/device.ts';
import type { Disk } from './devices/disk.ts';
import { type Network, netdev } from './devices/network.ts';
import { sideDataPort, sideShellPort } from './shell/side-ports.ts';
import { type VirtualTime, virtualTimeArguments } from './time/virtual-time.ts';

/** Descriptors that QEMU inherits: socket pairs whose other ends the harness holds. */
export const serialFd = 3;
export const qmpFd = 4;
/** Inherited only where the spec asks for the gdbstub. */
export const gdbFd = 5;

/** The saved state of a machine that QEMU is to go on with: inherited only where the spec says so. */
export const stateFd = 6;

/** Inherited only where the spec asks for a side channel: the shell's port, and the one for captured output. */
export const sideShellFd = 7;
export const sideDataFd = 8;
/** The first network of kind `socket`; others follow. */
const firstLinkFd = 9;

/** A file that the guest's RAM is. */
export interface RamFile {
  readonly path: string;
  /** Whether the guest's writes reach the file; otherwise they are this QEMU's own. */
  readonly isShared: boolean;
}

/** Everything that decides QEMU's command line. */
export interface QemuSpec {
  readonly arch: KernelProfile['arch'];
  readonly machineType: string;
  readonly cpu: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly kernelPath: string;
  readonly initramfsPath: string | undefined;
  /** Kernel parameters, one an element. */
  readonly cmdline: readonly string[];
  /** Whether QEMU's gdbstub is there to be asked. It lets the guest run until then. @default false */
  readonly gdbstub?: boolean;
  /** @default memory of QEMU's own */
  readonly ram?: RamFile;
  /** @default none */
  readonly disks?: readonly Disk[];
  /** Whether the guest has two virtio serial ports for a shell. @default false */
  readonly sideChannel?: boolean;
  /** @default none */
  readonly networks?: readonly Network[];
  /** Places for devices that are plugged in later. @default 0 */
  readonly hotplugPorts?: number;
  /** Whether QEMU waits for a saved state, and then for `cont`. @default false */
  readonly incoming?: boolean;
  /** @default the host's time */
  readonly virtualTime?: VirtualTime | undefined;
  /** Arguments added at the end, taken as they are. */
  readonly extraArgs: readonly string[];
}

/** Name of the serial line's other end. */
export const serialChardev = 'serial0';

export const qemuPrograms: Readonly<Record<KernelProfile['arch'], string>> = {
  aarch64: 'qemu-system-aarch64',
  x86_64: 'qemu-system-x86_64',
};

/** QEMU's arguments without the program's name (QEMU's manual, "Invocation"). Equal specs give equal arguments. */
export function qemuArgv(spec: QemuSpec): string[] {
  const gdb = spec.gdbstub ? ['-chardev', `socket,id=gdb0,fd=${gdbFd}`, '-gdb', 'chardev:gdb0'] : [];
  return [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    // A guest's reset ends QEMU; which of the ways it was, QMP's SHUTDOWN event tells.
    '-no-reboot',
    ...(spec.ram ? ramBackend(spec.ram, spec.memoryMiB) : []),
    '-machine',
    machineArgument(spec),
    '-cpu',
    spec.cpu,
    '-smp',
    String(spec.vcpus),
    '-m',
    `${spec.memoryMiB}M`,
    ...(spec.incoming ? ['-incoming', 'defer', '-S'] : []),
    ...(hasKernelInRam(spec) ? [] : kernelArguments(spec)),
    '-chardev',
    `socket,id=${serialChardev},fd=${serialFd}`,
    '-serial',
    `chardev:${serialChardev}`,
    '-chardev',
    `socket,id=qmp0,fd=${qmpFd}`,
    '-mon',
    'chardev=qmp0,mode=control',
    ...gdb,
    ...deviceArguments(spec),
    ...(spec.sideChannel ? sideChannelArguments() : []),
    ...(spec.virtualTime ? virtualTimeArguments(spec.virtualTime) : []),
    ...spec.extraArgs,
  ];
}

/** In virtual time chance is left out as well: the board would hand the kernel seeds that differ from start to start. */
function machineArgument({ machineType, arch, ram, virtualTime }: QemuSpec): string {
  const isBoardWithSeeds = arch === 'aarch64' && /^virt\b/.test(machineType);
  return [machineType, ...(ram ? ['memory-backend=ram0'] : []), ...(virtualTime && isBoardWithSeeds ? ['dtb-randomness=off'] : [])].join(
    ',',
  );
}

function ramBackend({ path, isShared }: RamFile, memoryMiB: number): string[] {
  return ['-object', `memory-backend-file,id=ram0,size=${memoryMiB}M,mem-path=${path},share=${isShared ? 'on' : 'off'}`];
}

/** As JSON, which needs no escapes and is what QMP takes for a device that is plugged in. Ports come last: the others' addresses are the same without. */
function deviceArguments(spec: QemuSpec): string[] {
  const { disks = [], networks = [], hotplugPorts = 0 } = spec;
  const links = linkFds(spec);
  const option = (name: string, value: unknown): string[] => [name, JSON.stringify(value)];
  const disk = (each: Disk): string[] => {
    const nodes = blockNodes(each);
    return [
      ...blockObjects(each).flatMap((object) => option('-object', object)),
      ...nodes.flatMap((node) => option('-blockdev', node)),
      ...option('-device', diskDevice(each, topOf(nodes))),
    ];
  };
  const network = (each: Network): string[] => [
    ...option('-netdev', netdev(each, links.get(each.id))),
    ...option('-device', networkDevice(each)),
  ];
  const ports = Array.from({ length: hotplugPorts }, (_, index) => option('-device', portDevice(index)));
  return [...disks.flatMap(disk), ...networks.flatMap(network), ...ports.flat()];
}

/**
 * Ports, no consoles: of a virtio console QEMU drops what its host is too slow to read, of a port it makes the writer wait
 * (hw/char/virtio-console.c, flush_buf).
 */
function sideChannelArguments(): string[] {
  const port = (id: string, fd: number, name: string): string[] => {
    return ['-chardev', `socket,id=${id},fd=${fd}`, '-device', `virtserialport,chardev=${id},name=${name}`];
  };
  return ['-device', 'virtio-serial-pci', ...port('side0', sideShellFd, sideShellPort), ...port('side1', sideDataFd, sideDataPort)];
}

/** The descriptors of networks of kind `socket`, by their ids. */
export function linkFds({ networks = [] }: Pick<QemuSpec, 'networks'>): Map<string, number> {
  const links = networks.filter(({ kind }) => kind === 'socket');
  return new Map(links.map(({ id }, index) => [id, firstLinkFd + index]));
}

/**
 * A saved machine's kernel is in its RAM, and a reset ends QEMU. Reading the file again is half of QEMU's start. Only where the
 * board makes no device of the kernel: x86's has an option ROM for it.
 */
function hasKernelInRam({ arch, machineType, incoming }: QemuSpec): boolean {
  return incoming === true && arch === 'aarch64' && /^virt\b/.test(machineType);
}

function kernelArguments({ kernelPath, initramfsPath, cmdline }: QemuSpec): string[] {
  const initrd = initramfsPath === undefined ? [] : ['-initrd', initramfsPath];
  // A comma needs no doubling here: -append takes its argument whole.
  return ['-kernel', kernelPath, ...initrd, '-append', cmdline.join(' ')];
}
