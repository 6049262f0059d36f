import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { withPrograms } from '../src/artifacts/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { Snapshot } from '../src/harness/machine.ts';
import type { ArtifactProvider } from '../src/model/artifact.ts';

const initramfs = withPrograms(linuxArm64.initramfs as ArtifactProvider, ['fork-renewal']);
const renewal = '/probes/fork-renewal';
const forks = 4;

/** What a shell gets from the kernel's random pool: a UUID, and bytes for a process of its own. */
const draw = 'read uuid </proc/sys/kernel/random/uuid; echo "drawn $uuid $(head -c 16 /dev/urandom | base64)"';

/** What each of some forks draws; where it is a job of the frozen machine that draws, nothing is typed. */
async function draws(snapshot: Snapshot, by: 'job' | 'command'): Promise<string[]> {
  const all: string[] = [];
  for (let index = 0; index < forks; index++) {
    await using fork = await snapshot.fork();
    const drawn = fork.console.expect(/drawn (\S{36}) (\S{24})/, { timeoutMs: 30_000 });
    if (by === 'command') await fork.shell.run(draw);
    all.push(...(await drawn).match.slice(1));
  }
  return all;
}

// Counted instructions instead of the host's time, a guest that never idles, and nothing typed: only what was frozen can come.
test.concurrent('forks draw the same random bytes without renewal, and others each with it', async () => {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true, qemuArgs: ['-icount', 'shift=0'] });
  await machine.shell.run(`(i=0; while [ $((i+=1)) -lt 30000 ]; do :; done; ${draw}) & true`);
  await using bare = await machine.snapshot();
  expect(new Set(await draws(bare, 'job')).size).toBe(2);
  await machine.console.expect(/drawn/, { timeoutMs: 30_000 });
  await using renewed = await machine.snapshot({ renewal });
  const own = await draws(renewed, 'command');
  expect(own).toHaveLength(2 * forks);
  expect(new Set(own).size, own.join(' ')).toBe(2 * forks);
});

test.concurrent('a fork’s clock is the host’s from its first command on; without renewal it is the frozen one', async () => {
  await using machine = await boot(linuxArm64, { initramfs, snapshots: true });
  await machine.shell.run('date -s "2001-02-03 04:05:06"');
  await using bare = await machine.snapshot();
  await using frozen = await bare.fork();
  expect((await frozen.shell.run('date +%Y')).output).toBe('2001');
  await using renewed = await machine.snapshot({ renewal });
  await using fork = await renewed.fork();
  const beforeMs = Date.now();
  const guestMs = 1_000 * Number((await fork.shell.run('date +%s')).output);
  expect(guestMs).toBeGreaterThan(beforeMs - 2_000);
  expect(guestMs).toBeLessThanOrEqual(Date.now());
  expect((await machine.shell.run('date +%Y')).output, 'the machine itself is renewed as well').not.toBe('2001');
});

test.concurrent('a machine whose guest lacks the renewal program can’t be frozen with it, and goes on', async () => {
  await using machine = await boot(linuxArm64, { snapshots: true });
  await expect(machine.snapshot({ renewal })).rejects.toMatchObject({ code: 'snapshot-failed', shortMessage: /ended with 127/ });
  expect((await machine.shell.run('echo on')).output).toBe('on');
});
