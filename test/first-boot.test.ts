import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEventOf } from '../src/model/index.ts';
import { readRecord } from '../src/reporters/index.ts';
import { privateCache } from './private-cache.ts';

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
let root: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ root, remove } = await privateCache());
}, 300_000);
afterAll(() => remove());

test('of two runs that begin at once with an empty store one boots, and both run', async () => {
  const run = async (name: string): Promise<(boolean | undefined)[]> => {
    const out = join(root, name);
    const argv = ['--conditions=bringup-source', cli, 'run', 'a1', '--grep', '^a1\\.echo\\.hi ', '--out', out];
    const env = { BRINGUP_CACHE: root, CI: 'true', GITHUB_ACTIONS: '' };
    const { exitCode, all } = await execa(process.execPath, argv, { reject: false, all: true, env });
    expect(exitCode, all).toBe(0);
    const { events } = await readRecord(join(out, 'run.jsonl'));
    const started = events.filter((event): event is RunEventOf<'machine.started'> => event.type === 'machine.started');
    return started.map(({ isFork }) => isFork);
  };
  const both = await Promise.all([run('one'), run('two')]);
  expect(both.flat().sort()).toEqual([true, undefined]);
}, 300_000);
