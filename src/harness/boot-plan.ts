import { basename } from 'node:path';
import type { ArtifactProvider, ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { Symbols } from '../parsers/symbols.ts';
import { type Disk, type DiskOptions, planDisk } from './devices/disk.ts';
import type { ImageFile } from './devices/image-file.ts';
import { type NetworkOptions, planNetwork } from './devices/network.ts';
import type { MachineStart } from './harness-event.ts';
import { checkKernelImage } from './kernel-image.ts';
import { loadSymbols } from './load-symbols.ts';
import type { Preparation } from './preparation.ts';
import { artifactRecord, provideArtifact } from './provide.ts';
import { type QemuSpec, qemuArgv, qemuPrograms } from './qemu-argv.ts';
import type { VirtualTime } from './time/virtual-time.ts';

/** What is booted, where that differs from the profile. */
export interface MachineShape {
  /** Instead of the profile's. */
  kernel?: string | ArtifactProvider;
  /** Instead of the profile's. */
  initramfs?: string | ArtifactProvider;
  /** Kernel parameters after the profile's. */
  append?: readonly string[];
  vcpus?: number;
  memoryMiB?: number;
  /** @default the host's time */
  virtualTime?: VirtualTime;
  /** QEMU arguments after the profile's. */
  qemuArgs?: readonly string[];
  /** Whether `machine.gdb` is there. @default false */
  gdbstub?: boolean;
  /** `disk0`, `disk1`, ...; on Linux `/dev/vda` is the first one with virtio. @default none */
  disks?: readonly DiskOptions[];
  /** Network cards `net0`, `net1`, ...; on Linux `eth0` is the first one. @default none */
  networks?: readonly NetworkOptions[];
  /** How many devices can be plugged in while the machine runs (`machine.plug`). @default 0 */
  hotplugPorts?: number;
  /** Done once the machine is ready. @default nothing */
  preparation?: Preparation;
}

/** All that is known of a machine before it is started. */
export interface BootPlan {
  readonly profile: KernelProfile;
  readonly spec: QemuSpec;
  readonly started: MachineStart;
  /** Of the profile's own kernel. */
  readonly symbols: Symbols | undefined;
}

/**
 * Makes the artifacts ready and decides QEMU's command line.
 * @throws BringupError `file-not-found`, `image-invalid`, `usage`, or what the artifacts' providers throw.
 */
export async function planBoot(profile: KernelProfile, shape: MachineShape, provide: ProvideOptions = {}): Promise<BootPlan> {
  const kernel = await provideArtifact(shape.kernel ?? profile.kernel, 'kernel', provide);
  await checkKernelImage(kernel.path, profile.arch);
  const initramfsSource = shape.initramfs ?? profile.initramfs;
  const initramfs = initramfsSource === undefined ? undefined : await provideArtifact(initramfsSource, 'initramfs', provide);
  // Another kernel's addresses mean something else.
  const symbolsSource = shape.kernel === undefined ? profile.symbols : undefined;
  const symbols =
    symbolsSource === undefined ? undefined : await loadSymbols((await provideArtifact(symbolsSource, 'symbols', provide)).path);
  const spec: QemuSpec = {
    arch: profile.arch,
    machineType: profile.machine.type,
    cpu: profile.machine.cpu,
    vcpus: shape.vcpus ?? profile.vcpus,
    memoryMiB: shape.memoryMiB ?? profile.memoryMiB,
    kernelPath: kernel.path,
    initramfsPath: initramfs?.path,
    cmdline: [...profile.cmdline, ...(shape.append ?? [])],
    gdbstub: shape.gdbstub ?? false,
    sideChannel: profile.shellOn === 'virtio-serial' && profile.shellDialect !== 'none',
    disks: await Promise.all((shape.disks ?? []).map((disk, index) => planDisk(disk, `disk${index}`, provide))),
    networks: (shape.networks ?? []).map(planNetwork),
    hotplugPorts: countOfPorts(shape.hotplugPorts),
    virtualTime: shape.virtualTime,
    extraArgs: [...profile.machine.qemuArgs, ...(shape.qemuArgs ?? [])],
  };
  const started: MachineStart = {
    arch: spec.arch,
    vcpus: spec.vcpus,
    memoryMiB: spec.memoryMiB,
    cmdline: [...spec.cmdline],
    argv: [qemuPrograms[spec.arch], ...qemuArgv(withoutHostPaths(spec))],
    artifacts: [artifactRecord('kernel', kernel), ...(initramfs ? [artifactRecord('initramfs', initramfs)] : [])],
  };
  return { profile, spec, started, symbols };
}

/** Host paths don't enter the record. */
function withoutHostPaths(spec: QemuSpec): QemuSpec {
  return {
    ...spec,
    kernelPath: basename(spec.kernelPath),
    initramfsPath: spec.initramfsPath && basename(spec.initramfsPath),
    disks: (spec.disks ?? []).map(({ image, ...disk }): Disk => ({ ...disk, image: nameOnly(image) })),
    extraArgs: spec.extraArgs.map((argument) => argument.replaceAll(/(^|[=:])\/(?:[^,=:]*\/)?/g, '$1')),
  };
}

function nameOnly({ path, name = basename(path), ...image }: ImageFile): ImageFile {
  return { ...image, path: name };
}

/** The root bus has 32 places, and other devices need some. */
const maxHotplugPorts = 16;

function countOfPorts(count = 0): number {
  if (Number.isInteger(count) && count >= 0 && count <= maxHotplugPorts) return count;
  throw new BringupError('usage', `hotplugPorts: expected a whole number from 0 to ${maxHotplugPorts}, got ${count}`);
}
