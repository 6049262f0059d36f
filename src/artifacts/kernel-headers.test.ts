import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { kernelHeaderPackages, unpackKernelHeaders } from './kernel-headers.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bringup-headers-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function program(name: string, script: string): Promise<void> {
  await mkdir(join(dir, 'bin'), { recursive: true });
  await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'bin', name), 0o755);
}

test('headers are unpacked with their Makefiles pointing there', async () => {
  const source = join(dir, 'source');
  const headers = join(source, 'usr/src/linux-headers-9.9.0-1-cloud-arm64');
  await mkdir(join(source, 'DEBIAN'), { recursive: true });
  await mkdir(headers, { recursive: true });
  const control = 'Package: headers\nVersion: 1\nArchitecture: all\nMaintainer: test\nDescription: test\n';
  await writeFile(join(source, 'DEBIAN/control'), control);
  await writeFile(join(headers, 'Makefile'), 'include /usr/src/linux-headers-9.9.0-1-common/Makefile\n');
  await writeFile(join(headers, '.kernelvariables'), 'override K = /usr/lib/linux-kbuild-9.9\nX = /opt/usr/lib/x\n');
  const deb = join(dir, 'headers.deb');
  await execa('dpkg-deb', ['--root-owner-group', '-b', source, deb]);

  const to = join(dir, 'to');
  const build = await unpackKernelHeaders([{ path: deb, sizeBytes: 0, sha256: '' }], to, {});
  expect(build).toBe(join(to, 'usr/src/linux-headers-9.9.0-1-cloud-arm64'));
  expect(await readFile(join(build, 'Makefile'), 'utf8')).toBe(`include ${to}/usr/src/linux-headers-9.9.0-1-common/Makefile\n`);
  expect(await readFile(join(build, '.kernelvariables'), 'utf8')).toBe(`override K = ${to}/usr/lib/linux-kbuild-9.9\nX = /opt/usr/lib/x\n`);
});

test.for([
  "E: Version '6.1.1-1' for 'linux-headers-6.1.0-1-cloud-arm64' was not found",
  'E: Unable to locate package linux-headers-6.1.0-1-cloud-arm64',
])('an archive that has gone on to another kernel (%s) is told apart from one that fails', async (words) => {
  vi.stubEnv('BRINGUP_CACHE', join(dir, 'cache'));
  vi.stubEnv('PATH', `${join(dir, 'bin')}:${process.env.PATH}`);
  const answers = {
    'apt-get': `[ "$1" = update ] || { echo "$WORDS" >&2; exit 100; }`,
    'apt-cache': 'echo "Depends: linux-headers-6.1.0-1-common"',
  };
  for (const [name, script] of Object.entries(answers)) await program(name, script);
  const fetching = () => kernelHeaderPackages({ name: 'linux-image-6.1.0-1-cloud-arm64', version: '6.1.1-1' }, {});

  vi.stubEnv('WORDS', words);
  await expect(fetching()).rejects.toMatchObject({
    shortMessage: 'Debian’s archive has no headers for the kernel in the cache, linux-image-6.1.0-1-cloud-arm64 6.1.1-1',
    hint: expect.stringContaining('bringup cache --clear'),
  });
  vi.stubEnv('WORDS', 'E: You don’t have enough free space');
  await expect(fetching()).rejects.toMatchObject({ shortMessage: expect.stringContaining('enough free space') });
});
