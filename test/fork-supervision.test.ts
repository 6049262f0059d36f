import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { privateCache } from './private-cache.ts';
import { processesNaming } from './processes.ts';

let root: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ root, remove } = await privateCache());
  await mkdir(join(root, 'temporary'));
});
afterAll(() => remove());

const env = () => ({ BRINGUP_CACHE: root, TMPDIR: join(root, 'temporary') });
const program = (name: string): string[] => ['--conditions=bringup-source', join(import.meta.dirname, name)];
const snapshots = () => readdir(join(root, 'snapshots')).catch(() => []);

/** Numbers from 0 to 1 that are the same for the same seed, everywhere (a linear congruential generator, Numerical Recipes). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** More than a run of all tests has time for: `BRINGUP_TEST_KILLS=200`. */
const kills = Number(process.env.BRINGUP_TEST_KILLS ?? 48);

test(`a process that is killed at any of ${kills} moments leaves no QEMU and no file, and the store serves`, async () => {
  const seed = Number(process.env.BRINGUP_TEST_SEED ?? Date.now() % 2 ** 31);
  const next = random(seed);
  // A quarter while it boots what it then freezes, saves and seals; the others among forks, the first to the third.
  const moments = Array.from({ length: kills }, (_, index) =>
    index < kills / 4
      ? { isStoreEmpty: true, forks: 0, afterMs: next() * 2_500 }
      : { isStoreEmpty: false, forks: Math.floor(next() * 3), afterMs: next() * 300 },
  );
  const leftovers: string[] = [];
  const checks: Promise<void>[] = [];
  let running = 0;
  let forked = 0;

  const killOne = async ({ isStoreEmpty, forks, afterMs }: (typeof moments)[number]): Promise<void> => {
    if (isStoreEmpty)
      for (const name of await snapshots())
        if (!name.startsWith('.')) await rm(join(root, 'snapshots', name), { recursive: true, force: true });
    const child = execa(process.execPath, program('forking-loop-process.ts'), { reject: false, env: env() });
    const start = new RegExp(isStoreEmpty ? '^open' : `^open\n(?:forked\n){${forks}}`, 'm');
    let said = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text) => {
        said += text;
        if (start.test(said)) resolve();
      });
    });
    await sleep(afterMs);
    const named = `mem-path=/proc/${child.pid}/fd/`;
    if ((await processesNaming(named)).length > 0) running += 1;
    child.kill('SIGKILL');
    if ((await child).stdout.includes('forked')) forked += 1;
    checks.push(
      // Gone within two seconds on an idle host, and at all on any.
      vi
        .waitFor(async () => expect(await processesNaming(named)).toEqual([]), { timeout: 60_000, interval: 200 })
        .catch(async () => {
          const pids = await processesNaming(named);
          for (const pid of pids) process.kill(pid, 'SIGKILL');
          leftovers.push(`after ${forks} forks and ${afterMs.toFixed(1)} ms: ${pids.length} processes`);
        }),
    );
  };
  const worker = async (): Promise<void> => {
    for (let moment = moments.shift(); moment !== undefined; moment = moments.shift()) await killOne(moment);
  };
  await Promise.all([worker(), worker(), worker()]);
  await Promise.all(checks);
  const words = `BRINGUP_TEST_SEED=${seed}`;
  expect(leftovers, words).toEqual([]);
  expect(await readdir(join(root, 'temporary')), words).toEqual([]);
  expect(running, 'killed while a QEMU ran').toBeGreaterThan(kills / 2);
  expect(forked, 'killed after a fork').toBeGreaterThan(kills / 4);
  const { stdout } = await execa(process.execPath, program('forking-process.ts'), { env: env() });
  expect(stdout, words).toMatch(/^uuid \S{36}$/m);
  expect(
    (await snapshots()).filter((name) => !name.startsWith('.lock-')),
    words,
  ).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
}, 600_000);
