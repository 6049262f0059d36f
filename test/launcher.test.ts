import { access, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { launcherSandbox } from './launcher-sandbox.ts';

const programOf = (call: string) => call.split(' ')[0];

test('cold, it brings Node and pnpm, installs and runs the CLI with its arguments untouched; warm, it is silent', async () => {
  const { launch, calls, cache, folder } = await launcherSandbox({ node: 'v20.20.2' });
  const argv = ['run', 'a b', '', '--grep=*', 'two\nlines'];
  const cold = await launch(argv);
  expect(cold).toMatchObject({ exitCode: 0, stdout: JSON.stringify([folder, ...argv]) });
  expect(String(cold.stderr).split('\n')).toEqual([
    expect.stringMatching(/^bringup: installing node 24\.\S+: what is on PATH \(v20\.20\.2\) is not /),
    expect.stringMatching(/^bringup: installing pnpm 12\.\S+: /),
    expect.stringMatching(/^bringup: installing the dependencies: /),
  ]);
  expect((await calls()).map(programOf)).toEqual(['npm', 'npm', 'pnpm']);
  expect(await readdir(join(cache, 'toolchain'))).toEqual([expect.stringMatching(/^node-/), expect.stringMatching(/^pnpm-/)]);

  expect(await launch(argv)).toMatchObject({ exitCode: 0, stdout: JSON.stringify([folder, ...argv]), stderr: '' });
  expect(await calls()).toEqual([]);
});

test.each([
  ['v22.17.1', false],
  ['v22.18.0', true],
  ['v23.11.0', false],
  ['v24.10.0', false],
  ['v24.11.1', true],
  ['v25.9.0', false],
  ['v26.0.0', true],
  ['v100.0.0', true],
  ['nonsense', false],
  ['v24', false],
])('a Node %s on PATH is good enough: %j', async (node, fits) => {
  const { launch, calls } = await launcherSandbox({ node });
  expect(await launch()).toMatchObject({ exitCode: 0 });
  expect((await calls()).some((call) => call.includes('node@npm:node-linux-'))).toBe(!fits);
});

test('the Nodes it takes are the ones that package.json names', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const launcher = await readFile(new URL('../bringup', import.meta.url), 'utf8');
  expect(launcher).toContain(`# ${manifest.engines.node.replaceAll('.0', '')}: `);
});

test('a changed lock file, and only that, makes it install again', async () => {
  const { launch, calls, repository } = await launcherSandbox({ node: 'v24.21.0' });
  await launch();
  expect((await calls()).map(programOf)).toEqual(['npm', 'pnpm']);
  await writeFile(join(repository, 'pnpm-lock.yaml'), 'second');
  expect(await launch()).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('installing the dependencies') });
  expect((await calls()).map(programOf)).toEqual(['pnpm']);
});

test('for the tests, and only for them, it sees to pnpm, and puts it first on PATH', async () => {
  const { launch, calls, cache, repository } = await launcherSandbox({ node: 'v24.21.0' });
  await writeFile(join(repository, 'src', 'cli', 'main.ts'), 'console.log(process.env.PATH);\n');
  await launch();
  await rm(join(cache, 'toolchain'), { recursive: true });
  await calls();
  const run = await launch(['run']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.not.stringContaining(cache) });
  expect(await calls()).toEqual([]);
  const test = await launch(['test']);
  expect((await calls()).map(programOf)).toEqual(['npm']);
  const [first] = String(test.stdout).split(':');
  expect(await readdir(first as string)).toEqual(['pnpm']);
  expect(await launch(['test'])).toMatchObject({ exitCode: 0, stderr: '', stdout: test.stdout });
  expect(await calls()).toEqual([]);
});

test('two cold launchers at once install once, and both run', async () => {
  const { launch, calls } = await launcherSandbox();
  const both = await Promise.all([launch([], { env: { NPM_SLEEP: '0.3' } }), launch([], { env: { NPM_SLEEP: '0.3' } })]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(both.map(({ stderr }) => stderr).join('\n')).toContain('waiting: another bringup is setting up');
  expect((await calls()).map(programOf)).toEqual(['npm', 'npm', 'pnpm']);
});

test('killed in the middle of an install, it leaves nothing that the next call takes for whole', async () => {
  const { launcher, launch, calls, env, folder, cache } = await launcherSandbox();
  const first = execa(launcher, { cwd: folder, env: { ...env, NPM_SLEEP: '0.5' }, extendEnv: false, reject: false, detached: true });
  const toolchain = join(cache, 'toolchain');
  while (!(await readdir(toolchain).catch(() => [])).some((name) => name.startsWith('.partial'))) await delay(5);
  process.kill(-Number(first.pid), 'SIGKILL');
  await first;
  expect(await readdir(toolchain)).toEqual([expect.stringMatching(/^\.partial/)]);
  await calls();

  expect(await launch()).toMatchObject({ exitCode: 0 });
  expect((await readdir(toolchain)).some((name) => name.startsWith('.partial'))).toBe(false);
  expect((await calls()).map(programOf)).toEqual(['npm', 'npm', 'pnpm']);
});

test('a step that fails shows what it printed, ends with 3, and is tried again next time', async () => {
  const { launch, repository } = await launcherSandbox();
  const npm = await launch([], { env: { NPM_FAILS: '1' } });
  expect(npm).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('npm: no network') });
  const pnpm = await launch([], { env: { PNPM_FAILS: '1' } });
  expect(pnpm).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('pnpm: the lock file is broken') });
  await expect(access(join(repository, 'node_modules', '.bringup-stamp'))).rejects.toThrow('ENOENT');
  expect(await launch()).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('installing the dependencies') });
});

test('called through symbolic links from another folder, it runs there', async () => {
  const { launch, launcher, folder, env } = await launcherSandbox();
  await launch();
  await symlink(launcher, join(folder, 'one'));
  await symlink('one', join(folder, 'two'));
  const called = await execa(join(folder, 'two'), ['x'], { cwd: '/', env, extendEnv: false });
  expect(called.stdout).toBe('["/","x"]');
});

test('without npm, root and sudo, the last line is the one command, and nothing was changed', async () => {
  const { launch, calls, cache } = await launcherSandbox({ programs: ['apt-get'] });
  const { exitCode, stdout, stderr } = await launch();
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(String(stderr)).toMatch(/npm is missing.*\nsu -c 'apt-get update && apt-get install -y --no-install-recommends npm [^\n]+'$/);
  expect(await calls()).toEqual([]);
  expect(await readdir(join(cache, 'toolchain'))).toEqual([]);
});

test.each([
  ['root', ['apt-get'] as const, '0'],
  ['a sudo that asks for no password', ['apt-get', 'sudo'] as const, '1000'],
])('without npm, %s installs it, updating the package lists only because they lack it', async (_, programs, uid) => {
  const { launch, calls } = await launcherSandbox({ programs: [...programs] });
  expect(await launch([], { env: { FAKE_UID: uid } })).toMatchObject({ exitCode: 0 });
  const install = expect.stringMatching(/^apt-get .*install .*\bnpm\b/);
  expect((await calls()).slice(0, 3)).toEqual([install, expect.stringMatching(/^apt-get .*update$/), install]);
});

test('without npm and apt-get it says what to install', async () => {
  const { launch } = await launcherSandbox({ programs: [] });
  expect(await launch()).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('install Node 24 with npm') });
});
