import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { execa } from 'execa';
import { withoutFolders } from '../../harness/host-paths.ts';
import { artifactRecord } from '../../harness/provide.ts';
import { qemuPrograms } from '../../harness/qemu-argv.ts';
import { packageManifest } from '../../model/package-files.ts';
import type { KernelProfile } from '../../model/profile.ts';
import type { RunEventBody } from '../../model/run-event.ts';
import type { RunRequest } from './options.ts';
import type { RunArtifacts } from './prepare.ts';

type RunStarted = Extract<RunEventBody, { type: 'run.started' }>;

/** A new run's id: when it began, and something of its own. */
export function newRunId(): string {
  return `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(2).toString('hex')}`;
}

/**
 * What the run is made of, for its record: programs, artifacts, host; no host paths.
 * @param argv The command line after `bringup`.
 * @param slowness What times were multiplied by, as measured.
 */
export async function describeRun(
  runId: string,
  argv: readonly string[],
  request: Pick<RunRequest, 'phases' | 'shard' | 'overrides'>,
  profile: KernelProfile,
  artifacts: RunArtifacts,
  slowness: number,
): Promise<RunStarted> {
  const { overrides } = request;
  return {
    type: 'run.started',
    runId,
    startedAt: new Date().toISOString(),
    argv: ['bringup', ...argv.map(withoutHostPaths)],
    phases: request.phases.map(({ id }) => id),
    shard: request.shard,
    profile: {
      id: profile.id,
      title: profile.title,
      arch: profile.arch,
      machineType: profile.machine.type,
      cpu: profile.machine.cpu,
      memoryMiB: overrides.memoryMiB ?? profile.memoryMiB,
      vcpus: overrides.vcpus ?? profile.vcpus,
      cmdline: [...profile.cmdline, ...(overrides.append ?? [])],
    },
    versions: {
      bringup: packageManifest().version,
      vitest: await vitestVersion(),
      node: process.versions.node,
      qemu: await qemuVersion(qemuPrograms[profile.arch]),
    },
    artifacts: [
      artifactRecord('kernel', artifacts.kernel),
      ...(artifacts.initramfs ? [artifactRecord('initramfs', artifacts.initramfs)] : []),
    ],
    host: {
      os: `${type()} ${release()}`,
      arch: arch(),
      cpus: cpus().length,
      memoryMiB: Math.floor(totalmem() / 1_048_576),
      slowness,
    },
  };
}

/** A kernel parameter's paths are the guest's. */
function withoutHostPaths(word: string, index: number, argv: readonly string[]): string {
  return word.startsWith('--append=') || argv[index - 1] === '--append' ? word : withoutFolders(word);
}

async function vitestVersion(): Promise<string> {
  const manifest = new URL(import.meta.resolve('vitest/package.json'));
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
}

/** As QEMU says it: its own version, and its package's. */
export async function qemuVersion(program: string): Promise<string> {
  const { stdout } = await execa(program, ['--version']);
  return /version (\S+(?: \([^)]*\))?)/.exec(stdout)?.[1] ?? stdout.split('\n')[0] ?? 'unknown';
}
