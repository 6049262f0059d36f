import type { KernelProfile } from '../model/profile.ts';

/** Descriptors that QEMU inherits: socket pairs whose other ends the harness holds. */
export const serialFd = 3;
export const qmpFd = 4;
/** Inherited only where the spec asks for the gdbstub. */
export const gdbFd = 5;

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
  /** Arguments added at the end, taken as they are. */
  readonly extraArgs: readonly string[];
}

export const qemuPrograms: Readonly<Record<KernelProfile['arch'], string>> = {
  aarch64: 'qemu-system-aarch64',
  x86_64: 'qemu-system-x86_64',
};

/** QEMU's arguments without the program's name (QEMU's manual, "Invocation"). Equal specs give equal arguments. */
export function qemuArgv(spec: QemuSpec): string[] {
  const initrd = spec.initramfsPath === undefined ? [] : ['-initrd', spec.initramfsPath];
  const gdb = spec.gdbstub ? ['-chardev', `socket,id=gdb0,fd=${gdbFd}`, '-gdb', 'chardev:gdb0'] : [];
  return [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    // A guest's reset ends QEMU; which of the ways it was, QMP's SHUTDOWN event tells.
    '-no-reboot',
    '-machine',
    spec.machineType,
    '-cpu',
    spec.cpu,
    '-smp',
    String(spec.vcpus),
    '-m',
    `${spec.memoryMiB}M`,
    '-kernel',
    spec.kernelPath,
    ...initrd,
    // A comma needs no doubling here: -append takes its argument whole.
    '-append',
    spec.cmdline.join(' '),
    '-chardev',
    `socket,id=serial0,fd=${serialFd}`,
    '-serial',
    'chardev:serial0',
    '-chardev',
    `socket,id=qmp0,fd=${qmpFd}`,
    '-mon',
    'chardev=qmp0,mode=control',
    ...gdb,
    ...spec.extraArgs,
  ];
}
