import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { decodeInitramfs, file, probeInitramfs, standardInitramfs, virtioModules } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Artifact, ArtifactProvider } from '../src/model/index.ts';

const provide = (source: unknown) => (source as ArtifactProvider)({ onProgress: (message) => console.error(message) });
const read = async ({ path }: Artifact) => decodeInitramfs(await readFile(path));
const probesDir = join(import.meta.dirname, '../initramfs/probes');

let kernel: Artifact;
let initramfs: Artifact;
/** With an empty cache this fetches and builds, BusyBox too. */
beforeAll(async () => {
  [kernel, initramfs] = await Promise.all([provide(linuxArm64.kernel), provide(linuxArm64.initramfs)]);
}, 900_000);

test('the kernel is named by its package and version, and is an arm64 Image', async () => {
  expect(kernel).toMatchObject({
    name: expect.stringMatching(/^linux-image-[\d.]+.*-cloud-arm64$/),
    version: expect.stringMatching(/^\d+\.\d+/),
  });
  expect((await readFile(kernel.path)).subarray(56, 60).toString('latin1')).toBe('ARMd');
});

test('with a full cache nothing is fetched or built', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bringup-offline-'));
  for (const program of ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb', 'dpkg-source', 'make', 'flock']) {
    await writeFile(join(dir, program), '#!/bin/sh\nexit 99\n');
    await chmod(join(dir, program), 0o755);
  }
  const script = `import { linuxArm64 as p } from ${JSON.stringify(join(import.meta.dirname, '../kernel/index.ts'))};
    console.log(JSON.stringify(await Promise.all([p.kernel(), p.initramfs()])));`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: `${dir}:${process.env.PATH}` } });
  expect(JSON.parse(stdout)).toEqual([kernel, initramfs]);
  await rm(dir, { recursive: true });
});

test('the initramfs holds devices, init and a shell, all owned by root, with no time of the host', async () => {
  const entries = await read(initramfs);
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  expect(byPath.get('dev/console')).toMatchObject({ type: 'char-device', major: 5, minor: 1, mode: 0o600 });
  expect(byPath.get('sbin/init')).toMatchObject({ type: 'symlink', target: '/bin/busybox' });
  expect(byPath.get('tmp')).toMatchObject({ type: 'directory', mode: 0o1777 });
  expect(byPath.get('etc/init.d/rcS')).toMatchObject({ type: 'file', mode: 0o755 });
  expect(entries.filter((entry) => entry.type !== 'hardlink' && (entry.uid !== 0 || entry.gid !== 0 || entry.mtime !== 0))).toEqual([]);
  expect(entries.length).toBeGreaterThan(400);
});

test('an overlay adds and replaces, remove takes folders with all they hold, and the standard one stays as it is', async () => {
  const before = (await provide(standardInitramfs())).sha256;
  const changed = await read(
    await provide(standardInitramfs({ overlay: [file('etc/motd', 'hi'), file('etc/hosts', 'x')], remove: ['usr'] })),
  );
  const paths = changed.map(({ path }) => path);
  expect(changed.find(({ path }) => path === 'etc/hosts')).toEqual(file('etc/hosts', 'x'));
  expect(paths).toContain('etc/motd');
  expect(paths.filter((path) => path.startsWith('usr'))).toEqual([]);
  expect((await provide(standardInitramfs())).sha256).toBe(before);
});

test('the reference kernel’s initramfs has the drivers of virtio devices, in their order, and another one has none', async () => {
  const entries = await read(initramfs);
  const order = entries.find(({ path }) => path === 'lib/modules/order');
  const names = order?.type === 'file' ? new TextDecoder().decode(order.data).trimEnd().split('\n') : [];
  expect(names).toEqual(virtioModules);
  for (const name of names)
    expect(
      entries.find(({ path }) => path === `lib/modules/${name}.ko`),
      name,
    ).toMatchObject({ type: 'file' });
  expect((await read(await provide(standardInitramfs()))).some(({ path }) => path.startsWith('lib'))).toBe(false);
});

test('each probe is a static program of less than 20 kB, alone with two devices', async () => {
  const names = (await readdir(probesDir)).filter((name) => name.endsWith('.c')).map((name) => name.slice(0, -2));
  expect(names).not.toEqual([]);
  for (const name of names) {
    const entries = await read(await provide(probeInitramfs(name)));
    expect(
      entries.map(({ path }) => path),
      name,
    ).toEqual(['dev', 'dev/console', 'dev/null', 'sbin', 'sbin/init', 'init']);
    const init = entries.find(({ path }) => path === 'sbin/init');
    if (init?.type !== 'file') throw new Error(`${name}: no /sbin/init`);
    const elf = Buffer.from(init.data);
    expect(elf.length, name).toBeLessThan(20_000);
    expect(programHeaderTypes(elf), name).not.toContain(interpreter);
  }
});

/** PT_INTERP of elf(5): the program would need a dynamic linker. */
const interpreter = 3;

function programHeaderTypes(elf: Buffer): number[] {
  const [offset, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => elf.readUInt32LE(offset + index * size));
}

test('a probe that does not exist is named', async () => {
  await expect(probeInitramfs('a0-nosuch')()).rejects.toMatchObject({
    code: 'file-not-found',
    shortMessage: expect.stringContaining('a0-nosuch.c'),
  });
});

test('the guest: a controlling terminal, job control, file systems, and a shell that comes back', async () => {
  await using machine = await boot(linuxArm64);
  const { shell, console } = machine;
  const output = async (command: string) => (await shell.run(command)).output;
  expect(await output('tty')).toBe('/dev/ttyAMA0');
  await shell.run('sleep 10 &');
  // Where the job is gone before the shell waits for it, it says so.
  expect(await output('kill -TERM %1; wait %1; echo $?')).toMatch(/^(Terminated\n)?143$/);
  expect(await output('id -un; echo $HOME; hostname')).toBe('root\n/root\nbringup');
  expect(await output('for d in /proc /sys /dev /dev/pts /dev/shm /tmp /run; do mountpoint -q $d || echo $d; done')).toBe('');
  expect(await output('ls -ld / | cut -c1-10; ping -c 1 127.0.0.1 | grep -c " 0% packet loss"')).toBe('drwxr-xr-x\n1');
  await console.send('exit\n');
  await console.expect(linuxArm64.prompt, { timeoutMs: 10_000 });
});
