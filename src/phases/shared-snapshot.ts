import { basename } from 'node:path';
import { execa } from 'execa';
import { storedSnapshot, withPrograms } from '../artifacts/index.ts';
import { sha256File } from '../artifacts/sha256.ts';
import { boot } from '../harness/boot.ts';
import { type BootPlan, type MachineShape, planBoot } from '../harness/boot-plan.ts';
import { requireNoLayers } from '../harness/devices/disk-layers.ts';
import { examineImage, type ImageFile } from '../harness/devices/image-file.ts';
import type { ForkOptions, Machine, Snapshot } from '../harness/machine.ts';
import { preparationText } from '../harness/preparation.ts';
import { provideArtifact } from '../harness/provide.ts';
import { qemuPrograms } from '../harness/qemu-argv.ts';
import { setUpText } from '../harness/shell/posix.ts';
import { startSideShell } from '../harness/shell/side-shell.ts';
import { renewalProgram } from '../harness/snapshot/renewal.ts';
import { openSnapshot, saveSnapshot } from '../harness/snapshot/snapshot-files.ts';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';

/** Raised whenever the same inputs make another snapshot. */
const revision = 3;

/** What becomes of the machine that is booted for a snapshot, where the store lacks it. */
export interface FirstMachine {
  /** How it is booted: its name, its console's log, its events. */
  readonly options: ForkOptions;
  /** It is ready, and whoever takes it disposes it. */
  onReady(machine: Machine): void;
  /** It could not be booted. */
  onFailure(error: unknown): void;
}

/**
 * The snapshot of a machine of this shape at its prompt, prepared, with a shell set up: from the store on disk, or booted for it, once a host.
 * @throws BringupError `snapshot-failed` where its guest or QEMU can't be frozen; as `boot` does.
 */
export async function sharedSnapshot(
  profile: KernelProfile,
  shape: MachineShape,
  { first, ...options }: ProvideOptions & { first?: FirstMachine } = {},
): Promise<Snapshot> {
  const userland = shape.initramfs ?? profile.initramfs;
  if (profile.shellDialect === 'none' || userland === undefined) throw notFreezable(profile);
  const withRenewal: MachineShape = {
    ...shape,
    initramfs: withPrograms((provide) => provideArtifact(userland, 'initramfs', provide), [renewalProgram]),
  };
  const plan = await planBoot(profile, withRenewal, options);
  return storedSnapshot({
    ...options,
    inputs: {
      revision,
      qemu: await qemuVersion(plan.spec.arch),
      ...inputsOf(plan),
      devices: await deviceInputs(plan),
      preparation: preparationText(shape.preparation),
    },
    open: (folder) => openSnapshot(folder, plan),
    make: async (folder) => {
      options.onProgress?.('booting a machine to freeze it');
      const signal = options.signal && { signal: options.signal };
      const machine = await boot(profile, { ...withRenewal, snapshots: true, ...signal, ...first?.options }).catch((error) => {
        first?.onFailure(error);
        throw error;
      });
      try {
        const snapshot = await machine.snapshot({ renewal: `/probes/${renewalProgram}` });
        await saveSnapshot(snapshot, folder);
        await snapshot[Symbol.asyncDispose]();
      } finally {
        if (first) first.onReady(machine);
        else await machine[Symbol.asyncDispose]();
      }
    },
  });
}

/**
 * Whether an error tells of a guest or a QEMU that can't be frozen or forked, and may well boot: one that refuses to start may dislike only the
 * file that its RAM is.
 */
export function canNotFork(error: unknown): error is BringupError {
  return error instanceof BringupError && (error.code === 'snapshot-failed' || error.code === 'qemu-start-failed');
}

/** All that decides what is frozen, QEMU itself aside. */
function inputsOf({ profile, spec, started }: BootPlan) {
  const { cmdline, extraArgs, gdbstub = false, sideChannel = false, arch, machineType, cpu, vcpus, memoryMiB } = spec;
  const patterns = [...profile.bootMarkers, ...profile.crashPatterns].map(({ id, pattern }) => [id, String(pattern)]);
  return {
    spec: { arch, machineType, cpu, vcpus, memoryMiB, gdbstub, sideChannel, cmdline, extraArgs },
    artifacts: started.artifacts.map(({ role, sha256 }) => [role, sha256]),
    patterns,
    prompt: String(profile.prompt),
    shell: JSON.stringify(setUpText({ nonce: '', captureFile: '', dataPort: 'side' }, profile.console.maxLineBytes)) + startSideShell(),
  };
}

/** Of an image its content, wherever it lies. */
async function deviceInputs({ spec: { disks = [], networks = [], hotplugPorts = 0 } }: BootPlan) {
  requireNoLayers(disks);
  return {
    disks: await Promise.all(
      disks.map(async ({ image, id, writes, sizeBytes, interface: kind, readOnly, serial, sectorSize }) => ({
        ...{ id, writes, sizeBytes, interface: kind, readOnly, serial, sectorSize },
        format: image.format,
        sha256: writes === 'blank' ? '' : await contentOf(image),
      })),
    ),
    networks: networks.map((network) => ({ ...network })),
    hotplugPorts,
  };
}

/** @throws BringupError `snapshot-failed` where the content is not all in the file. */
async function contentOf(image: ImageFile): Promise<string> {
  if (!(await examineImage(image)).hasBacking) return sha256File(image.path);
  throw new BringupError('snapshot-failed', `disk image ${basename(image.path)} stands on another file, which may change`, {
    hint: 'machines with it are booted; to have forks, make one file of it (qemu-img convert).',
  });
}

const versions = new Map<string, Promise<string>>();

function qemuVersion(arch: KernelProfile['arch']): Promise<string> {
  const program = qemuPrograms[arch];
  const known = versions.get(program) ?? execa(program, ['--version']).then(({ stdout }) => stdout);
  versions.set(program, known);
  return known;
}

function notFreezable({ id }: KernelProfile): BringupError {
  return new BringupError('snapshot-failed', `machines of profile ${id} can’t be frozen: they need an initramfs and a shell for it`, {
    hint: 'they are booted instead.',
  });
}
