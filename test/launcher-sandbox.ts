import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { onTestFinished } from 'vitest';
import { findProgram } from '../src/artifacts/requirements.ts';

/** All that the launcher may use of a bare Debian. */
const essential = ['cat', 'cksum', 'dirname', 'env', 'flock', 'mkdir', 'mv', 'readlink', 'rm', 'sh', 'sleep', 'true', 'uname'];

/** Counterparts of the programs that need a network or root; each notes its call in $CALLS. */
const scripted = {
  // Installs as npm does: into --prefix, in steps, so that an interruption leaves half of it behind.
  npm: `#!/bin/sh
[ "$1" = --version ] && exit 0
echo "npm $*" >>"$CALLS"
while [ "$1" != --prefix ]; do shift; done
prefix=$2
for package; do :; done
mkdir -p "$prefix/node_modules"
sleep "\${NPM_SLEEP:-0}"
[ -z "\${NPM_FAILS:-}" ] || { echo 'npm: no network'; exit 1; }
case $package in
  node@*) mkdir -p "$prefix/node_modules/node/bin" && ln -s "$REAL_NODE" "$prefix/node_modules/node/bin/node" ;;
  pnpm@*) mkdir -p "$prefix/node_modules/pnpm" && ln -s "$SCRIPTED/pnpm" "$prefix/node_modules/pnpm/pnpm" ;;
esac
`,
  pnpm: `#!/bin/sh
echo "pnpm $*" >>"$CALLS"
while [ "$1" != --dir ]; do shift; done
mkdir -p "$2/node_modules"
[ -z "\${PNPM_FAILS:-}" ] || { echo 'pnpm: the lock file is broken'; exit 1; }
`,
  'apt-get': `#!/bin/sh
echo "apt-get $*" >>"$CALLS"
case $* in
  *update*) : >"$CALLS.lists" ;;
  *) [ -f "$CALLS.lists" ] && ln -s "$SCRIPTED/npm" "$BIN/npm" ;;
esac
`,
  sudo: `#!/bin/sh
[ "$1" = -n ] && shift && exec "$@"
`,
  id: `#!/bin/sh
echo "\${FAKE_UID:-1000}"
`,
};
type Scripted = keyof typeof scripted;

/** A repository, a cache and a PATH of its own for the launcher. */
export async function launcherSandbox({ node, programs = ['npm'] }: { node?: string; programs?: Scripted[] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bringup launcher '));
  onTestFinished(() => rm(folder, { recursive: true, maxRetries: 5 }));
  const [repository, bin, all, cache, calls] = ['repository', 'bin', 'scripted', 'cache', 'calls'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  await Promise.all([join(repository, 'src', 'cli'), bin, all].map((path) => mkdir(path, { recursive: true })));
  await copyFile(join(import.meta.dirname, '..', 'bringup'), join(repository, 'bringup'));
  await writeFile(join(repository, 'pnpm-lock.yaml'), 'first');
  await writeFile(join(repository, 'pnpm-workspace.yaml'), '');
  await writeFile(
    join(repository, 'src', 'cli', 'main.ts'),
    'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]) as string);\n',
  );
  for (const name of essential) await symlink(findProgram(name) ?? name, join(bin, name));
  for (const [name, text] of Object.entries(scripted)) {
    await writeFile(join(all, name), text.replaceAll('ln -s', `${findProgram('ln')} -s`));
    await chmod(join(all, name), 0o755);
  }
  for (const name of [...programs, 'id']) await symlink(join(all, name), join(bin, name));
  if (node !== undefined) {
    await writeFile(join(bin, 'node'), `#!/bin/sh\n[ "$1" = -v ] && echo ${node} && exit\nexec ${process.execPath} "$@"\n`);
    await chmod(join(bin, 'node'), 0o755);
  }
  const env = { PATH: bin, BRINGUP_CACHE: cache, CALLS: calls, SCRIPTED: all, BIN: bin, REAL_NODE: process.execPath };

  return {
    folder,
    repository,
    cache,
    env,
    launcher: join(repository, 'bringup'),
    /** Calls the launcher and waits for its end; never throws. */
    launch: (argv: readonly string[] = [], { env: more, ...options }: Options = {}) =>
      execa(join(repository, 'bringup'), argv, { cwd: folder, reject: false, ...options, env: { ...env, ...more }, extendEnv: false }),
    /** What the scripted programs were called with since the last look. */
    async calls(): Promise<string[]> {
      const lines = (await readFile(calls, 'utf8').catch(() => '')).split('\n').filter(Boolean);
      await rm(calls, { force: true });
      return lines;
    },
  };
}
