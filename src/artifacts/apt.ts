import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { BringupError } from '../model/errors.ts';
import type { ProvideOptions } from '../model/artifact.ts';
import { privateDebianSources, type SourcesFile } from './debian-sources.ts';
import { runTool } from './tool.ts';

/** Debian's name of an architecture. */
export type DebianArch = 'arm64' | 'amd64';

/**
 * An apt of our own beside the host's: other lists, other sources, another architecture, so that the host's dpkg and
 * its sources stay as they are.
 */
export interface PrivateApt {
  /** Runs `apt-get`, `apt-cache`, ...: what fails for the network's sake is tried again, and every retry is told. */
  run(program: string, args: readonly string[], cwd?: string): Promise<string>;
}

/**
 * Sets up a private apt root in `dir` and brings its package lists up to date.
 * @throws BringupError `artifact-failed` where no Debian source is configured, or the network fails four times.
 */
export async function openPrivateApt(dir: string, arch: DebianArch, options: ProvideOptions): Promise<PrivateApt> {
  const sources = privateDebianSources(await readHostSources('/etc/apt'));
  if (sources === '') {
    throw new BringupError('artifact-failed', 'no source of Debian’s archive is configured in /etc/apt: the guest is made of Debian packages', {
      hint: noSourceHint,
    });
  }
  await Promise.all(['lists/partial', 'cache/archives/partial'].map((path) => mkdir(join(dir, path), { recursive: true })));
  const acquire = (await runTool('apt-config', ['dump'], options)).split('\n').filter((line) => line.startsWith('Acquire::'));
  await writeFile(join(dir, 'debian.sources'), sources);
  await writeFile(join(dir, 'preferences'), preferences);
  await writeFile(join(dir, 'status'), '');
  await writeFile(join(dir, 'apt.conf'), `${acquire.join('\n')}\n${configuration(dir, arch)}`);

  const env = { APT_CONFIG: join(dir, 'apt.conf') };
  const apt: PrivateApt = {
    run: (program, args, cwd) =>
      retried(() => runTool(program, args, { ...options, env, ...(cwd !== undefined && { cwd }) }), `\`${program} ${args[0]}\``, options),
  };
  options.onProgress?.(`reading Debian’s package lists for ${arch}`);
  await apt.run('apt-get', ['update', '-q']);
  return apt;
}

const noSourceHint = `add one for apt, e.g. as /etc/apt/sources.list.d/debian.sources (Architectures keeps it apart from the host's own packages), and its keys: apt-get install debian-archive-keyring
  Types: deb
  URIs: http://deb.debian.org/debian
  Suites: bookworm
  Components: main
  Architectures: arm64
  Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg`;

/** A source that only looks like Debian's (its Release file says otherwise) supplies nothing. */
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
const networkFailure = /Failed to fetch|Unable to fetch|Could not (resolve|connect)|Temporary failure|[Cc]onnection (failed|timed out|refused)|Hash Sum mismatch/;

function retried<T>(attempt: () => Promise<T>, what: string, { signal, onProgress }: ProvideOptions): Promise<T> {
  return pRetry(attempt, {
    retries: 3,
    minTimeout: 1000,
    ...(signal !== undefined && { signal }),
    shouldRetry: ({ error }) => error instanceof BringupError && error.code === 'artifact-failed' && networkFailure.test(error.shortMessage),
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft > 0) onProgress?.(`${what} failed (try ${attemptNumber} of ${attemptNumber + retriesLeft}): ${(error as BringupError).shortMessage}`);
    },
  });
}

async function readHostSources(etcApt: string): Promise<SourcesFile[]> {
  const parts = await readdir(join(etcApt, 'sources.list.d')).catch(() => []);
  const names = ['sources.list', ...parts.filter((name) => /\.(list|sources)$/.test(name)).sort().map((name) => `sources.list.d/${name}`)];
  const files = names.map(async (name) => ({ name, text: await readFile(join(etcApt, name), 'utf8').catch(() => '') }));
  return Promise.all(files);
}
