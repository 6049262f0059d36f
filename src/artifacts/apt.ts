import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import type { ProvideOptions } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { runTool } from './tool.ts';

/** Debian's name of an architecture. */
export type DebianArch = 'arm64' | 'amd64';

/** Runs `apt-get` or `apt-cache` in a private root. */
export type PrivateApt = (program: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string) => Promise<string>;

/**
 * Sets up an apt root of our own in the folder `dir` and reads the package lists: other lists, other sources, another
 * architecture, so that the host's dpkg and its sources stay as they are. What fails for the network's sake is tried
 * again, and every retry is told.
 * @param sources deb822 text.
 * @throws BringupError `artifact-failed`, after four tries where the network is at fault.
 */
export async function openPrivateApt(dir: string, arch: DebianArch, sources: string, options: ProvideOptions): Promise<PrivateApt> {
  await Promise.all(['lists/partial', 'cache/archives/partial'].map((path) => mkdir(join(dir, path), { recursive: true })));
  const acquire = (await runTool('apt-config', ['dump'], options)).split('\n').filter((line) => line.startsWith('Acquire::'));
  await writeFile(join(dir, 'debian.sources'), sources);
  await writeFile(join(dir, 'preferences'), preferences);
  await writeFile(join(dir, 'status'), '');
  await writeFile(join(dir, 'apt.conf'), `${acquire.join('\n')}\n${configuration(dir, arch)}`);

  const env = { APT_CONFIG: join(dir, 'apt.conf') };
  const apt: PrivateApt = (program, args, cwd) =>
    retried(() => runTool(program, args, { ...options, env, ...(cwd !== undefined && { cwd }) }), `${program} ${args[0]}`, options);
  await apt('apt-get', ['update', '-q']);
  return apt;
}

/** Debian's packages only: a source that looks like its archive, but whose Release file says otherwise, supplies nothing. */
const preferences = `Package: *
Pin: release o=Debian
Pin-Priority: 500

Package: *
Pin: release *
Pin-Priority: -1
`;

/** Of the host's configuration only Acquire (proxies and such) is taken over: its hooks are for the host's own updates. */
const configuration = (dir: string, arch: DebianArch) => `
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "${dir}/debian.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "${dir}/preferences";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "${dir}";
Dir::State::Lists "${dir}/lists";
Dir::State::Status "${dir}/status";
Dir::Cache "${dir}/cache";
APT::Architecture "${arch}";
APT::Architectures { "${arch}"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "0";
`;

/** apt's own words where a server or the way to it is at fault. */
const networkFailure =
  /Failed to fetch|Unable to fetch|Could not (resolve|connect)|Temporary failure|[Cc]onnection (failed|timed out|refused)|[Nn]etwork is unreachable|Hash Sum mismatch/;

const isNetworkFailure = (error: unknown): error is BringupError =>
  error instanceof BringupError && error.code === 'artifact-failed' && networkFailure.test(error.shortMessage);

async function retried<T>(attempt: () => Promise<T>, what: string, { signal, onProgress }: ProvideOptions): Promise<T> {
  try {
    return await pRetry(attempt, {
      retries: 3,
      minTimeout: 1000,
      ...(signal !== undefined && { signal }),
      shouldRetry: ({ error, attemptNumber, retriesLeft }) => {
        if (!isNetworkFailure(error)) return false;
        onProgress?.(`${what} failed, try ${attemptNumber} of ${attemptNumber + retriesLeft}: ${firstLine(error)}`);
        return true;
      },
    });
  } catch (error) {
    if (isNetworkFailure(error)) {
      throw new BringupError('artifact-failed', `Debian’s archive can’t be reached: ${firstLine(error)}`, {
        hint: 'check the network, or apt’s proxy settings; a full cache needs neither.',
        cause: error,
      });
    }
    if (!signal?.aborted || error instanceof BringupError) throw error;
    throw new BringupError('aborted', `${what} was cancelled`, { cause: error });
  }
}

const firstLine = ({ shortMessage }: BringupError): string => shortMessage.split('\n')[0] ?? '';
