import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { MutantsReport } from '../src/model/mutants-report.ts';
import { mutants } from '../src/mutants/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The share of mutants that the checks must catch. */
const leastCaught = 0.95;
/** All of them take an hour on two CPUs: `bringup mutants`, which CI runs by night, tries each. `BRINGUP_TEST_MUTANTS=1` does so here. */
const oneOf = Number(process.env.BRINGUP_TEST_MUTANTS ?? '19');
const tried = mutants.filter((_, index) => index % oneOf === 0);

test('the checks catch the seeded faults, and pass on a guest without one', { timeout: 6_000_000 }, async ({ signal }) => {
  const out = await mkdtemp(join(root, 'test', 'tmp-mutants-'));
  try {
    // One machine at a time: other test files run beside this one.
    const grep = `^(${tried.map(({ id }) => id).join('|')}) `;
    const argv = ['--conditions=bringup-source', 'src/cli/main.ts', 'mutants', '--json', '--jobs', '1', '--grep', grep, '--out', out];
    const { stdout, exitCode } = await execa(process.execPath, argv, {
      cwd: root,
      reject: false,
      maxBuffer: 50_000_000,
      cancelSignal: signal,
    });
    const report = JSON.parse(stdout) as MutantsReport;
    expect(report).toEqual(JSON.parse(await readFile(join(out, 'mutants.json'), 'utf8')));
    expect(report.mutants.map(({ id }) => id)).toEqual(tried.map(({ id }) => id));
    expect(report.mutants.length).toBeGreaterThanOrEqual(15);
    for (const { id, checks } of report.baselines) {
      expect(checks.length, id).toBeGreaterThan(0);
      expect(
        checks.filter(({ outcome }) => outcome !== 'PASS' && outcome !== 'SKIP'),
        id,
      ).toEqual([]);
    }
    const lived = report.mutants.filter(({ caughtBy }) => caughtBy === null);
    expect(lived.length, lived.map(({ id }) => id).join(', ')).toBeLessThanOrEqual((1 - leastCaught) * report.mutants.length);
    expect(exitCode).toBe(lived.length === 0 ? 0 : 1);
    // Each mutant's own record says what was seeded.
    const record = await readFile(join(out, 'a0-getpid-two', 'run.jsonl'), 'utf8');
    expect(JSON.parse(record.split('\n')[0] as string)).toMatchObject({ type: 'run.started', mutant: { id: 'a0-getpid-two' } });
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('a0-getpid-two/index.html#a0.init.getpid');
  } finally {
    await rm(out, { recursive: true });
  }
});
