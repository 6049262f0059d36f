import { open, readdir } from 'node:fs/promises';
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
