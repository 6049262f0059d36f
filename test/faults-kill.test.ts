import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parentOf, processesNaming, qemuNaming } from './processes.ts';
import { recordOf, runEnv, startRun } from './run-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-kill-'));
});
afterAll(() => rm(folder, { recursive: true }));

const startMs = 300_000;

/** A run of one check; QEMU's name is that of the folder, which its command line has otherwise nowhere. */
async function startNamed(name: string) {
  const [out, temporary] = [join(folder, name), join(folder, `${name}-tmp`)];
  const qemuName = `${folder.split('-').at(-1)}-${name}`;
  const run = startRun(out, await runEnv(temporary), ['a1', '--grep', 'a1\\.echo\\.hi ', '--qemu-arg', '-name', '--qemu-arg', qemuName]);
  const isOver = run.then(({ exitCode, all }) => ({ exitCode, all }));
  const nothingIsLeft = async (): Promise<void> => {
    expect(await processesNaming(qemuName)).toEqual([]);
    expect(await processesNaming(out)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(out)).not.toContain('.work');
  };
  return { run, out, isOver, nothingIsLeft, qemu: () => qemuNaming(`-name\0${qemuName}`, startMs) };
}

test('a run whose QEMU is killed: MISS, qemu-exit, exit code 3, a whole record, and nothing is left', async () => {
  const { out, isOver, nothingIsLeft, qemu } = await startNamed('qemu');
  process.kill(await qemu(), 'SIGKILL');
  const { exitCode, all } = await isOver;
  const { events, checks } = await recordOf(out);
  expect(exitCode, all).toBe(3);
  expect(events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 3, counts: { MISS: 1 } });
  expect(checks).toMatchObject([{ outcome: 'MISS', cause: 'qemu-exit', hint: expect.stringContaining('OOM killer') }]);
  await nothingIsLeft();
}, 900_000);

test('a run whose QEMU is stopped: MISS, harness-fault, exit code 3, and nothing is left', async () => {
  const { out, isOver, nothingIsLeft, qemu } = await startNamed('stopped');
  process.kill(await qemu(), 'SIGSTOP');
  const { exitCode, all } = await isOver;
  const { checks } = await recordOf(out);
  expect(checks).toMatchObject([{ outcome: 'MISS', cause: 'harness-fault' }]);
  expect(exitCode, all).toBe(3);
  await nothingIsLeft();
}, 900_000);

test('a run whose tidying shell is killed ends as if nothing had been', async () => {
  const { run, out, isOver, nothingIsLeft, qemu } = await startNamed('tidier');
  await qemu();
  const tidiers: number[] = [];
  for (const pid of await processesNaming(`${out}/.work`)) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.startsWith('sh\0') && (await parentOf(pid)) === run.pid) tidiers.push(pid);
  }
  expect(tidiers).toHaveLength(1);
  process.kill(tidiers[0] as number, 'SIGKILL');
  const { exitCode, all } = await isOver;
  expect(exitCode, all).toBe(0);
  await nothingIsLeft();
}, 900_000);
