import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { checkRequirements, ensureRequirements, findProgram, missingOf, packagesOf, requirements } from '../requirements.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bringup-requirements-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

function withPath(path: string): void {
  vi.stubEnv('PATH', path);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

test('a program is found as execvp finds it: the first executable file on PATH, folders and plain files passed over', async () => {
  const folder = await temporaryFolder();
  for (const name of ['plain', 'folder', 'first', 'second']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'plain', 'tool'), '');
  await mkdir(join(folder, 'folder', 'tool'));
  for (const name of ['first', 'second']) {
    await writeFile(join(folder, name, 'tool'), '');
    await chmod(join(folder, name, 'tool'), 0o755);
  }
  const path = ['none', 'plain', 'folder', 'first', 'second'].map((name) => join(folder, name)).join(':');
  expect(findProgram('tool', path)).toBe(join(folder, 'first', 'tool'));
  expect(findProgram('tool', join(folder, 'plain'))).toBeNull();
});

test('test needs all that run needs and more; a bench’s rivals are needed by neither', () => {
  const ids = (scope: 'run' | 'test' | 'bench') => checkRequirements(scope).map(({ requirement }) => requirement.id);
  expect(ids('test')).toEqual(expect.arrayContaining(ids('run')));
  expect(ids('test')).toContain('cpio');
  expect(ids('run')).not.toContain('cpio');
  expect(ids('test')).not.toContain('pexpect');
  expect(ids('bench')).toContain('pexpect');
});

test('what is missing leads to its packages, each named once', async () => {
  withPath(await temporaryFolder());
  const missing = missingOf(checkRequirements('run'));
  expect(missing.map(({ requirement }) => requirement.id)).toEqual(expect.arrayContaining(['setpriv', 'flock', 'qemu']));
  expect(packagesOf(missing).filter((name) => name === 'util-linux')).toHaveLength(1);
});

test('where it may not install, the error names each missing program, why, and the one command', async () => {
  withPath(await temporaryFolder());
  await expect(ensureRequirements('run')).rejects.toMatchObject({
    code: 'requirement-missing',
    exitCode: 3,
    shortMessage: expect.stringContaining('qemu-system-aarch64 (to boot AArch64 guests)'),
    hint: expect.stringMatching(/\n(sudo sh|su|sh) -c 'apt-get update && apt-get install -y --no-install-recommends qemu-system-arm .*'$/),
  });
});

test('the launcher’s one command installs what the table names for run and test, beside npm', async () => {
  const launcher = await readFile(new URL('../../../bringup', import.meta.url), 'utf8');
  const [, packages = ''] = /^packages='([^']*)'$/m.exec(launcher) ?? [];
  const named = requirements.filter(({ scope }) => scope !== 'bench').map(({ debianPackage }) => debianPackage);
  expect(packages.split(' ')).toEqual(['npm', 'ca-certificates', ...new Set(named)]);
});
