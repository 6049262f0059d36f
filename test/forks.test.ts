import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import type { DiskOptions } from '../src/harness/devices/disk.ts';
import type { Machine } from '../src/harness/machine.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';
import { type Check, type CheckDraft, check, definePhase } from '../src/phases/define.ts';
import { Forks } from '../src/phases/forks.ts';
import { type CheckEvent, runCheck } from '../src/phases/run-check.ts';
import { usePrivateCache } from './private-cache.ts';

const { root } = usePrivateCache();

function checkOf(draft: CheckDraft): Check {
  return definePhase({ id: 't', title: 'test', machine: { init: 'shell' }, source: 'test', checks: [draft] }).checks[0] as Check;
}

const spoils = checkOf(
  check('t.spoils', 'spoils its machine', async ({ shell }) => {
    assert.equal((await shell.run('ls /probes; rm -rf /bin; ls')).exitStatus, 127);
  }),
);
const sees = checkOf(
  check('t.sees', 'sees a machine as it was booted', { guest: { init: 'shell', programs: ['a1-pipes'] } }, async ({ shell }) => {
    assert.equal((await shell.run('ls /bin/ls /probes', { captured: true })).output, '/bin/ls\n\n/probes:\na1-pipes\nfork-renewal');
  }),
);
const boots = checkOf(
  check('t.boots', 'is about the boot', { guest: { init: 'shell', boots: true } }, async ({ console }) => {
    assert.match(console.tail(1_000), /Booting Linux/);
  }),
);

async function run(each: Check, forks: Forks): Promise<{ outcome: string; message: string | null; isFork: boolean; steps: string[] }> {
  const events: CheckEvent[] = [];
  const consoleLogPath = join(root(), 'console');
  const { outcome, message } = await runCheck(each, {
    profile: linuxArm64,
    overrides: {},
    forks,
    record: (event) => events.push(event),
    consoleLogPath,
    machineId: 'machine',
  });
  const isFork = events.some((event) => event.type === 'machine.started' && event.isFork === true);
  return { outcome, message, isFork, steps: events.flatMap((event) => (event.type === 'step' ? [event.title] : [])) };
}

test('the first check boots what is frozen, others are forks as it was booted, and one about the boot boots', async () => {
  const forks = new Forks(linuxArm64, {}, ['a1-pipes']);
  expect(await run(spoils, forks)).toMatchObject({ message: null, outcome: 'PASS', isFork: false });
  expect(await run(sees, forks)).toMatchObject({ message: null, outcome: 'PASS', isFork: true });
  expect(await run(spoils, forks)).toMatchObject({ outcome: 'PASS', isFork: true });
  expect(await run(sees, forks)).toMatchObject({ outcome: 'PASS', isFork: true });
  expect(await run(boots, forks)).toMatchObject({ message: null, outcome: 'PASS', isFork: false });
});

test('a check’s disks are plugged into its fork before it is prepared, and need no machine of their own to be frozen', async () => {
  const imageOf =
    (letter: string): ArtifactProvider =>
    async () => {
      const path = join(root(), `image-${letter}`);
      await writeFile(path, Buffer.alloc(2 ** 20, letter));
      return { path, sha256: '0'.repeat(64), name: letter };
    };
  const preparation = { name: 'copies a byte', run: async ({ shell }: Machine) => void (await shell.run('head -c 1 /dev/vda >/tmp/byte')) };
  const needing = (disks: readonly DiskOptions[], expected: string): Check =>
    checkOf(
      check(
        't.prepared',
        'finds its guest prepared',
        { guest: { init: 'shell', disks, hotplugPorts: 1, preparation } },
        async ({ shell, machine }) => {
          assert.equal((await shell.run('cat /tmp/byte', { captured: true })).output, expected);
          assert.equal((await machine.plug({ sizeMiB: 1 })).id, `disk${disks.length}`);
        },
      ),
    );
  const forks = new Forks(linuxArm64, {}, []);
  const a = [{ image: imageOf('a') }];
  expect(await run(needing(a, 'a'), forks)).toMatchObject({ message: null, outcome: 'PASS', isFork: false });
  expect(await run(needing(a, 'a'), forks)).toMatchObject({ message: null, outcome: 'PASS', isFork: true });
  const b = imageOf('b');
  expect(await run(needing([{ image: b }], 'b'), forks), 'another image').toMatchObject({ message: null, outcome: 'PASS', isFork: true });
  const nvme: DiskOptions = { sizeMiB: 1, interface: 'nvme' };
  expect(await run(needing([{ image: b }, nvme], 'b'), forks)).toMatchObject({ message: null, outcome: 'PASS', isFork: true });
});

test('a preparation that the guest fails is the guest’s failure, and keeps no other check from its own', async () => {
  const guest = { init: 'shell', preparation: ['true', 'ls /none'] } as const;
  const forks = new Forks(linuxArm64, {}, []);
  const failing = checkOf(check('t.unprepared', 'never runs', { guest }, async () => {}));
  for (const each of [failing, failing]) {
    const { outcome, message } = await run(each, forks);
    expect({ outcome, message }).toMatchObject({
      outcome: 'FAIL',
      message: expect.stringMatching(/preparing the guest failed: ls \/none: exit status 1: ls:/),
    });
  }
});

test('in a run whose QEMU gets arguments of its own, and with a seeded fault, all are booted', async () => {
  const forks = new Forks(linuxArm64, { qemuArgs: ['-name', 'other'] }, ['a1-pipes']);
  expect(await forks.fork(sees.guest, {}, () => {})).toBeUndefined();
});

test('where the store can’t be written the checks are booted, and the first says why', async () => {
  await rm(join(root(), 'snapshots'), { recursive: true });
  await writeFile(join(root(), 'snapshots'), 'no folder');
  const forks = new Forks(linuxArm64, {}, ['a1-pipes']);
  const needed = checkOf(check('t.lives', 'lives', async ({ shell }) => assert.equal((await shell.run('echo on')).output, 'on')));
  const first = await run(needed, forks);
  expect(first).toMatchObject({ message: null, outcome: 'PASS', isFork: false });
  expect(first.steps[0]).toMatch(/^not forked, but booted: the cache folder snapshots can’t be made/);
  const second = await run(needed, forks);
  expect(second).toMatchObject({ message: null, outcome: 'PASS', isFork: false, steps: ['run: echo on'] });
});
