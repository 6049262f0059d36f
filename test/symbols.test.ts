import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { file, standardInitramfs, virtioModules, withKernelModules, withPrograms } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Machine } from '../src/harness/machine.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';
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

/** What the guest itself says of each symbol: `address name`, of each address the first. */
async function guestsOwn({ shell }: Machine): Promise<string[]> {
  const pick = `awk 'tolower($2) ~ /[tw]/ && $3 !~ /^\\$/ && NR % 50 == 0 { print $1, $3 }' /proc/kallsyms`;
  return (await shell.run(pick, { captured: true, timeoutMs: 60_000 })).output.split('\n');
}

/** Those that the host names otherwise; names of one address are aliases. */
function differences(machine: Machine, own: readonly string[]): string[] {
  const known = machine.symbols;
  if (known === undefined) return ['no symbols'];
  return own.filter((line) => {
    const [address = '', name] = line.split(' ');
    const place = known.at(BigInt(`0x${address}`));
    return place?.name !== name && place?.offset !== 0;
  });
}

test('a fork of the stored snapshot knows its kernel’s code as the guest does, and what the guest is', async () => {
  await using snapshot = await sharedSnapshot(linuxArm64, { vcpus: 2 });
  await using fork = await snapshot.fork();
  const own = await guestsOwn(fork);
  expect(own.length).toBeGreaterThan(500);
  expect(differences(fork, own)).toEqual([]);
  const [address = ''] = (await fork.shell.run("grep ' T do_sys_open$' /proc/kallsyms")).output.split(' ');
  expect(fork.symbols?.describe(BigInt(`0x${address}`) + 4n)).toBe('do_sys_open+0x4');
  expect(snapshot.symbols?.at(0x40_0000n)).toBeUndefined();
  const { output: release } = await fork.shell.run('uname -r');
  expect(fork.facts).toMatchObject({ release, cpus: 2, cmdline: linuxArm64.cmdline.join(' '), modules: [] });
  expect(fork.facts?.version).toBe((await fork.shell.run('cat /proc/version', { captured: true })).output);
  expect(fork.facts?.uptimeMs).toBeGreaterThan(0);
  expect(fork.facts?.memoryKiB).toBeGreaterThan(linuxArm64.memoryMiB * 512);
}, 120_000);

test('a stored snapshot whose symbols have a byte changed is made again', async () => {
  const told: string[] = [];
  const take = async (): Promise<void> => {
    const snapshot = await sharedSnapshot(linuxArm64, {}, { onProgress: (message) => told.push(message) });
    expect(snapshot.symbols?.packed.length).toBeGreaterThan(100_000);
    await snapshot[Symbol.asyncDispose]();
  };
  await take();
  const folder = join(root, 'snapshots');
  for (const key of (await readdir(folder)).filter((name) => !name.startsWith('.'))) {
    const path = join(folder, key, 'symbols.gz');
    const byte = (await readFile(path))[1_000] as number;
    const opened = await open(path, 'r+');
    await opened.write(Buffer.of(byte ^ 1), 0, 1, 1_000);
    await opened.close();
  }
  told.length = 0;
  await take();
  expect(told).toEqual(['the stored snapshot is damaged (its symbols differ); making it again', 'booting a machine to freeze it']);
}, 120_000);

test('code of loaded modules is known by the module', async () => {
  const initramfs = withPrograms(withKernelModules(linuxArm64.initramfs as ArtifactProvider, virtioModules), ['fork-renewal']);
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true });
  await machine.shell.run(virtioModules.map((name) => `insmod /lib/modules/${name}.ko`).join(' && '));
  await using snapshot = await machine.snapshot({ renewal: '/probes/fork-renewal' });
  await using fork = await snapshot.fork();
  expect(fork.facts?.modules).toContain('virtio_blk');
  const { output } = await fork.shell.run("grep ' t .*\\[virtio_blk\\]$' /proc/kallsyms | grep -v '\\$'", {
    captured: true,
    timeoutMs: 60_000,
  });
  // Of several names for one address the first counts.
  const names = new Map(
    output
      .split('\n')
      .map((line): [string, string] => [line.slice(0, 16), line.split(/[ \t]/)[2] ?? ''])
      .toReversed(),
  );
  expect(names.size).toBeGreaterThan(10);
  for (const [address, name] of names) expect(fork.symbols?.describe(BigInt(`0x${address}`))).toBe(`${name}+0x0 [virtio_blk]`);
}, 120_000);

test('without renewal the frozen shell is left alone; the symbols are known all the same', async () => {
  await using machine = await boot({ ...linuxArm64, shellDialect: 'none' }, { snapshots: true });
  await machine.console.expect(linuxArm64.prompt, { timeoutMs: 30_000 });
  await using snapshot = await machine.snapshot();
  expect(snapshot.facts).toBeUndefined();
  expect(snapshot.symbols?.packed.length).toBeGreaterThan(100_000);
}, 120_000);

test('a machine that was booted knows them once they are read, one that hangs without a prompt as well', async () => {
  await using machine = await boot(linuxArm64);
  expect(machine.symbols).toBeUndefined();
  expect(await machine.readSymbols()).toBe(machine.symbols);
  expect(differences(machine, await guestsOwn(machine))).toEqual([]);

  const spin = file('sbin/init', '#!/bin/sh\nwhile :; do :; done\n', 0o755);
  const initramfs = standardInitramfs({ remove: ['sbin/init'], overlay: [spin] });
  await using stuck = await boot(linuxArm64, { initramfs, until: 'start' });
  await stuck.console.expect('Run /sbin/init', { timeoutMs: 30_000 });
  expect((await stuck.readSymbols())?.packed.length).toBeGreaterThan(100_000);
}, 120_000);
