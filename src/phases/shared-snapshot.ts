import { execa } from 'execa';
import { storedSnapshot, withPrograms } from '../artifacts/index.ts';
import { boot } from '../harness/boot.ts';
import { type BootPlan, type MachineShape, planBoot } from '../harness/boot-plan.ts';
import type { ForkOptions, Machine, Snapshot } from '../harness/machine.ts';
import { provideArtifact } from '../harness/provide.ts';
import { qemuPrograms } from '../harness/qemu-argv.ts';
import { setUpText } from '../harness/shell/posix.ts';
import { startSideShell } from '../harness/shell/side-shell.ts';
import { openSnapshot, saveSnapshot } from '../harness/snapshot/snapshot-files.ts';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';

/** Raised whenever the same inputs make another snapshot. */
const revision = 1;
const renewalProgram = 'fork-renewal';

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
 * The snapshot of a machine of this shape at its prompt, with a shell set up: from the store on disk, or booted for it, once a host.
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
    inputs: { revision, qemu: await qemuVersion(plan.spec.arch), ...inputsOf(plan) },
    open: (folder) => openSnapshot(folder, profile),
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

/** All that decides what is frozen, QEMU itself aside. */
function inputsOf({ profile, spec, started }: BootPlan) {
  const { cmdline, extraArgs, gdbstub = false, sideChannel = false, arch, machineType, cpu, vcpus, memoryMiB } = spec;
  const patterns = [...profile.bootMarkers, ...profile.crashPatterns].map(({ id, pattern }) => [id, String(pattern)]);
  return {
    spec: { arch, machineType, cpu, vcpus, memoryMiB, gdbstub, sideChannel, cmdline, extraArgs },
    artifacts: started.artifacts.map(({ role, sha256 }) => [role, sha256]),
    patterns,
    shell: JSON.stringify(setUpText({ nonce: '', captureFile: '', dataPort: 'side' }, profile.console.maxLineBytes)) + startSideShell(),
  };
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
