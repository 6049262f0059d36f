import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { list } from 'tar';
import { expect, test } from 'vitest';
import { loadProfile } from '../kernel/load-profile.ts';
import { type CheckContext, check, definePhase } from '../src/phases/define.ts';
import { runCheck } from '../src/phases/run-check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const setUp = 'ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up';

async function outcomeOf(body: Parameters<typeof check>[3]) {
  const { checks } = definePhase({
    id: 'x0',
    title: 'of a test',
    machine: { init: 'shell', segments: ['lan'] },
    source: 'a test',
    checks: [check('x0.lab', 'a check with a lab', {}, body)],
  });
  const folder = await mkdtemp(join(tmpdir(), 'bringup-lab-check-'));
  const captures: string[] = [];
  try {
    const result = await runCheck(checks[0] as (typeof checks)[0], {
      profile: await loadProfile('linux-arm64'),
      overrides: {},
      record: () => {},
      consoleLogPath: join(folder, 'console'),
      machineId: 'machine',
      keepCaptures: (all) => void captures.push(...all.keys()),
    });
    return { ...result, captures };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a check’s guest is on its lab, again after a restart', async () => {
  const result = await outcomeOf(async (context) => {
    const host = context.lab.host('test', '10.0.0.9');
    const ping = async ({ shell }: CheckContext): Promise<number> => {
      await shell.run(setUp);
      return (await shell.run('ping -c 1 10.0.0.9')).exitStatus;
    };
    expect(await ping(context)).toBe(0);
    expect(await ping(await context.restart('power-cut'))).toBe(0);
    expect(host.arpRequests.length).toBeGreaterThan(1);
  });
  expect(result).toMatchObject({ outcome: 'PASS', captures: [] });
});

test('a machine of the lab that ends makes the check a MISS, whatever it came to', async () => {
  const result = await outcomeOf(async ({ lab, signal }) => {
    const other = await lab.machine('other', {}, { signal });
    await other.console.sendLine('poweroff -f');
    await other.exited;
  });
  expect(result).toMatchObject({ outcome: 'MISS', cause: 'harness-fault', captures: ['lan'] });
  expect(result.message).toContain('machine other of the check’s lab ended');
});

test('what passed on a failed check’s segments is in its bundle', { timeout: 240_000 }, async () => {
  const out = await mkdtemp(join(root, 'test', 'tmp-lab-'));
  try {
    const argv = ['--conditions=bringup-source', 'src/cli/main.ts', 'mutants', 'c', '--grep', '^c-card-deaf ', '--out', out];
    const { exitCode, all } = await execa(process.execPath, argv, { cwd: root, reject: false, all: true });
    expect(exitCode, all).toBe(0);
    const names: string[] = [];
    await list({ file: join(out, 'c-card-deaf', 'bundles', 'c.link.up.tar.gz'), onReadEntry: ({ path }) => void names.push(path) });
    expect(names).toEqual(expect.arrayContaining(['check.json', 'events.jsonl', 'lan.pcapng', 'machine.console']));
    expect(await readdir(join(out, 'unmutated')), 'one that passed has no bundle').not.toContain('bundles');
  } finally {
    await rm(out, { recursive: true });
  }
});
