import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { linuxArm64 } from '../kernel/index.ts';
import { boot } from '../src/harness/boot.ts';
import type { RunEvent } from '../src/model/index.ts';
import { phases } from '../src/phases/index.ts';
import { readRecord } from '../src/reporters/index.ts';
import { parentOf, processesNaming, qemuNaming } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const childScript = join(root, 'test', 'supervised-process.ts');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-supervision-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** More than a run of all tests has time for: `BRINGUP_TEST_KILLS=100`. */
const kills = Number(process.env.BRINGUP_TEST_KILLS ?? 40);

const newName = (): string => `bringup-test-${randomBytes(6).toString('hex')}`;

async function startChild(name: string, ...flags: string[]) {
  const temporary = join(folder, name);
  await mkdir(temporary);
  const child = execa(process.execPath, ['--conditions=bringup-source', childScript, name, ...flags], {
    reject: false,
    env: { TMPDIR: temporary, XDG_RUNTIME_DIR: temporary },
  });
  const said = new Map(['spawning', 'qemu', 'prompt'].map((word) => [word, Promise.withResolvers<void>()]));
  child.stdout.on('data', (chunk: Buffer) => {
    for (const [word, { resolve }] of said) if (chunk.includes(word)) resolve();
  });
  return { child, temporary, says: (word: string) => said.get(word)?.promise };
}

/** What is to go is gone within two seconds on an idle host, and at all on any. */
function nothingLeft(text: string, folders: readonly string[]): Promise<void> {
  return vi.waitFor(
    async () => {
      expect(await processesNaming(text)).toEqual([]);
      for (const each of folders) expect(await readdir(each)).toEqual([]);
    },
    { timeout: 60_000, interval: 200 },
  );
}

describe('a process that dies by SIGKILL', () => {
  /** When each is killed, in milliseconds from where it starts QEMU. */
  function moments(seed: number): number[] {
    let state = seed;
    // mulberry32: a generator whose numbers are the same everywhere.
    const random = (): number => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    return Array.from({ length: kills }, (_, index) => (index < kills / 2 ? random() * 20 : random() ** 2 * 1_800));
  }

  test(`leaves no QEMU and no file, at any of ${kills} moments`, { timeout: 1_200_000 }, async () => {
    const seed = Number(process.env.BRINGUP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const left = moments(seed);
    console.log(`killed ms after the spawn (BRINGUP_TEST_SEED=${seed}): ${left.map((ms) => ms.toFixed(1)).join(' ')}`);
    const leftovers: string[] = [];
    const checks: Promise<void>[] = [];
    let running = 0;

    const killOne = async (afterMs: number): Promise<void> => {
      const name = newName();
      const { child, temporary, says } = await startChild(name);
      await says('spawning');
      // A timer is late by a millisecond or so: the first moments need more than that.
      if (afterMs >= 1) await sleep(afterMs);
      if ((await processesNaming(`-name\0${name}`)).length > 0) running += 1;
      child.kill('SIGKILL');
      await child;
      checks.push(
        nothingLeft(name, [temporary]).catch(async (error) => {
          leftovers.push(`after ${afterMs.toFixed(1)} ms: ${error.message}`);
          for (const pid of await processesNaming(`-name\0${name}`)) process.kill(pid, 'SIGKILL');
        }),
      );
    };
    const worker = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await killOne(next);
    };
    await Promise.all([worker(), worker(), worker()]);
    await Promise.all(checks);
    expect(leftovers).toEqual([]);
    expect(running, 'children whose QEMU was seen alive before the kill').toBeGreaterThan(0.4 * kills);
  });
});

describe('bringup run', () => {
  async function startRun(name: string) {
    const out = join(folder, `out-${name}`);
    const temporary = join(folder, `tmp-${name}`);
    await mkdir(temporary);
    const argv = ['run', 'a1', '--jobs', '1', '--out', out, '--qemu-arg', '-name', '--qemu-arg', name];
    const child = execa(process.execPath, ['--conditions=bringup-source', join(root, 'src', 'cli', 'main.ts'), ...argv], {
      reject: false,
      all: true,
      env: { CI: 'true', GITHUB_ACTIONS: '', TMPDIR: temporary },
    });
    const qemu = await qemuNaming(`-name\0${name}`, 300_000);
    const record = async (): Promise<readonly RunEvent[]> => (await readRecord(join(out, 'run.jsonl'))).events;
    return { child, qemu, record, out, temporary };
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('ends on %s with its record whole, and leaves nothing', async (signal) => {
    const name = newName();
    const { child, record, out, temporary } = await startRun(name);
    await sleep(500);
    child.kill(signal);
    const { exitCode, all } = await child;
    await nothingLeft(`-name\0${name}`, [temporary]);
    const events = await record();
    expect(events.at(-1)?.type, all).toBe('run.finished');
    expect(exitCode, all).not.toBe(0);
    expect(await readdir(out)).not.toContain('.work');
  });

  test('that dies by SIGKILL leaves its record so far, and nothing else', async () => {
    const name = newName();
    const { child, out, temporary } = await startRun(name);
    child.kill('SIGKILL');
    await child;
    await nothingLeft(`-name\0${name}`, [temporary]);
    await nothingLeft(out, []);
    expect(await readdir(out)).toEqual(['run.jsonl']);
  });

  test('tells MISS, harness-fault, of checks whose worker was killed, and leaves no QEMU', { timeout: 900_000 }, async () => {
    const name = newName();
    const { child, qemu, record } = await startRun(name);
    await sleep(300);
    process.kill(await parentOf(qemu), 'SIGKILL');
    const { exitCode, all } = await child;
    expect(exitCode, all).toBe(3);
    const finished = (await record()).flatMap((event) => (event.type === 'check.finished' ? [event] : []));
    // The checks that it had not come to, too: none may be missing from the report.
    expect(finished.length, all).toBe(phases.find(({ id }) => id === 'a1')?.checks.length);
    const lost = finished.filter(({ outcome }) => outcome !== 'PASS');
    expect(lost.length, all).toBeGreaterThan(0);
    for (const check of lost) expect(check).toMatchObject({ outcome: 'MISS', cause: 'harness-fault' });
    expect(await processesNaming(`-name\0${name}`)).toEqual([]);
  });
});

describe('a machine', () => {
  test('disposed twice, with waits pending, ends once and tells them so', async () => {
    const events: string[] = [];
    const machine = await boot(linuxArm64, { until: 'start', observe: ({ type }) => events.push(type) });
    const { pid } = machine;
    const waits = [
      machine.console.expect('never', { timeoutMs: 60_000 }),
      machine.console.lines().next(),
      machine.qmp.execute('query-status'),
    ];
    const ends = Promise.allSettled(waits);
    const first = machine[Symbol.asyncDispose]();
    expect(machine[Symbol.asyncDispose]()).toBe(first);
    await first;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    const [wait] = await ends;
    expect(wait).toMatchObject({ status: 'rejected', reason: { code: 'disposed' } });
    expect(events.filter((type) => type === 'machine.exited')).toHaveLength(1);
    await expect(machine.console.expect('never', { timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'disposed' });
    await expect(machine.shell.run('true')).rejects.toMatchObject({ code: 'disposed' });
  });

  test('that was disposed keeps its process neither alive nor dirty', async () => {
    const name = newName();
    const { child, temporary } = await startChild(name, '--end');
    expect(await child).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('prompt') });
    expect(await processesNaming(name)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });
});
