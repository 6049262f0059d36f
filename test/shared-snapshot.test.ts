import { mkdtemp, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { sharedSnapshot } from '../src/phases/shared-snapshot.ts';
import { privateCache } from './private-cache.ts';

let root: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ root, remove } = await privateCache());
  vi.stubEnv('BRINGUP_CACHE', root);
}, 300_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await remove();
});

const entries = async (): Promise<string[]> => (await readdir(join(root, 'snapshots'))).filter((name) => !name.startsWith('.'));

test('two processes with an empty store: one boots, both get forks', async () => {
  const program = join(import.meta.dirname, 'forking-process.ts');
  const run = () => execa(process.execPath, ['--conditions=bringup-source', program]);
  const children = await Promise.all([run(), run()]);
  expect(children.filter(({ stdout }) => stdout.includes('booting'))).toHaveLength(1);
  const uuids = children.map(({ stdout }) => /^uuid (\S{36})$/m.exec(stdout)?.[1]);
  expect(new Set(uuids).size, 'distinct random numbers').toBe(2);
  expect(uuids).not.toContain(undefined);
  expect(await entries()).toHaveLength(1);
}, 120_000);

test.each([
  // The kernel's text. What was never used is not read again.
  ['memory', 'ram', 4 * 2 ** 20],
  ['device state', 'state', 1_000],
  ['description', 'machine.json', 10],
])(
  'a stored snapshot with a byte of its %s changed is made again',
  async (_, name, at) => {
    const told: string[] = [];
    const take = async (): Promise<string> => {
      await using snapshot = await sharedSnapshot(linuxArm64, {}, { onProgress: (message) => told.push(message) });
      await using fork = await snapshot.fork();
      return (await fork.shell.run('echo hi')).output;
    };
    expect(await take()).toBe('hi');
    const [key = ''] = await entries();
    const file = await open(join(root, 'snapshots', key, name), 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] as number) ^ 1;
    await file.write(byte, 0, 1, at);
    await file.close();
    told.length = 0;
    expect(await take()).toBe('hi');
    expect(told.join('\n')).toMatch(/is damaged/);
    expect(told).toContain('booting a machine to freeze it');
    told.length = 0;
    await take();
    expect(told).toEqual([]);
  },
  120_000,
);

test('disks are stored with what the preparation wrote; the key holds the images’ content, wherever they lie', async () => {
  const folder = await mkdtemp(join(root, 'images-'));
  const first = join(folder, 'first');
  await writeFile(first, Buffer.alloc(2 ** 20, 'i'));
  const told: string[] = [];
  const take = async (path: string): Promise<string> => {
    told.length = 0;
    const shape = {
      disks: [{ path }, { sizeMiB: 1 }, { path, readOnly: true }],
      networks: [{ kind: 'none' as const }],
      preparation: ['printf prepared | dd of=/dev/vdb conv=notrunc,fsync', 'printf over | dd of=/dev/vda conv=notrunc,fsync'],
    };
    await using snapshot = await sharedSnapshot(linuxArm64, shape, { onProgress: (message) => told.push(message) });
    await using fork = await snapshot.fork();
    const read = 'head -c 8 /dev/vda; head -c 8 /dev/vdb; head -c 2 /dev/vdc; cat /sys/class/net/eth0/address';
    const { output } = await fork.shell.run(
      `${read}; for disk in vda vdb; do printf forked | dd of=/dev/$disk conv=notrunc,fsync; done 2>/dev/null`,
    );
    return output;
  };
  const seen = (letter: string) => `over${letter.repeat(4)}prepared${letter.repeat(2)}52:54:00:12:34:56`;
  expect(await take(first)).toBe(seen('i'));
  expect(told).toContain('booting a machine to freeze it');
  expect((await readFile(first, 'latin1')).slice(0, 8)).toBe('iiiiiiii');
  const moved = join(folder, 'moved');
  await rename(first, moved);
  expect(await take(moved), 'what the last fork wrote is gone').toBe(seen('i'));
  expect(told).toEqual([]);
  const withDisks = await Promise.all(
    (await entries()).map(async (key) => ((await readdir(join(root, 'snapshots', key))).includes('disk1') ? [key] : [])),
  );
  const [key = ''] = withDisks.flat();
  const stored = join(root, 'snapshots', key, 'disk1');
  await writeFile(stored, 'damaged');
  expect(await take(moved)).toBe(seen('i'));
  expect(told.join('\n')).toMatch(/is damaged \(a disk differs\)/);
  await writeFile(moved, Buffer.alloc(2 ** 20, 'j'));
  expect(await take(moved)).toBe(seen('j'));
  expect(told).toContain('booting a machine to freeze it');
}, 300_000);

test('what stands on another image is not stored', async () => {
  const folder = await mkdtemp(join(root, 'images-'));
  const [base, path] = [join(folder, 'base'), join(folder, 'over')];
  await writeFile(base, Buffer.alloc(512));
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, path]);
  const opening = sharedSnapshot(linuxArm64, { disks: [{ path, format: 'qcow2' }] });
  await expect(opening).rejects.toMatchObject({ code: 'snapshot-failed', shortMessage: /disk image over stands on another file/ });
});
