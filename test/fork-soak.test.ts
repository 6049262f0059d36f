import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { listSnapshots } from '../src/artifacts/snapshot-inventory.ts';
import { sharedSnapshot } from '../src/phases/shared-snapshot.ts';
import { collectGarbage } from './collect-garbage.ts';
import { usePrivateCache } from './private-cache.ts';
import { processesNaming } from './processes.ts';

/** Many more for the figures in docs/snapshots.md. */
const forks = Number(process.env.BRINGUP_SOAK_FORKS ?? 100);
const samples = 10;

interface Usage {
  readonly fork: number;
  readonly fds: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly processes: number;
  readonly temporaryFiles: number;
  readonly storeMiB: number;
}

usePrivateCache();

async function usage(fork: number): Promise<Usage> {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
  return {
    fork,
    fds: (await readdir('/proc/self/fd')).length,
    heapMiB: mebibytes(heapUsed),
    rssMiB: mebibytes(rss),
    processes: (await processesNaming(`mem-path=/proc/${process.pid}/fd/`)).length,
    temporaryFiles: (await readdir(tmpdir())).filter((name) => name.startsWith('bringup-')).length,
    storeMiB: mebibytes((await listSnapshots()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
  };
}

test(
  `${forks} forks, one after the other: none fails, no two draw the same, and nothing grows`,
  async () => {
    const snapshot = await sharedSnapshot(linuxArm64, {});
    const drawn = new Set<string>();
    const seen: Usage[] = [];
    const startedAtMs = performance.now();
    for (let fork = 1; fork <= forks; fork++) {
      const machine = await snapshot.fork();
      drawn.add((await machine.shell.run('cat /proc/sys/kernel/random/uuid')).output);
      await machine[Symbol.asyncDispose]();
      if (fork % Math.ceil(forks / samples) !== 0) continue;
      // Else it is chance how many QEMUs are just starting.
      await snapshot.warmUp();
      seen.push(await usage(fork));
    }
    const aMinute = Math.round(forks / ((performance.now() - startedAtMs) / 60_000));
    await snapshot[Symbol.asyncDispose]();
    console.log(`${aMinute} forks a minute\n${seen.map((each) => JSON.stringify(each)).join('\n')}`);
    expect(drawn.size).toBe(forks);
    const [first, last] = [seen[1], seen.at(-1)] as [Usage, Usage];
    expect(last.fds).toBeLessThanOrEqual(first.fds + 2);
    expect(last.processes).toBe(first.processes);
    expect(last.heapMiB).toBeLessThanOrEqual(first.heapMiB + 10);
    expect(last.rssMiB).toBeLessThanOrEqual(first.rssMiB + 60);
    expect(last.storeMiB).toBe(first.storeMiB);
    expect((await processesNaming(`mem-path=/proc/${process.pid}/fd/`)).length).toBe(0);
  },
  forks * 1_000 + 60_000,
);
