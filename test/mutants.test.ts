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

test('the checks of A0 and A1 catch the seeded faults, and pass on a guest without one', { timeout: 3_000_000 }, async ({ signal }) => {
  const out = await mkdtemp(join(root, 'test', 'tmp-mutants-'));
  try {
    // One machine at a time: other test files run beside this one.
    const argv = ['--conditions=bringup-source', 'src/cli/main.ts', 'mutants', '--json', '--jobs', '1', '--out', out];
    const { stdout, exitCode } = await execa(process.execPath, argv, {
      cwd: root,
      reject: false,
      maxBuffer: 50_000_000,
      cancelSignal: signal,
    });
    const report = JSON.parse(stdout) as MutantsReport;
    expect(report).toEqual(JSON.parse(await readFile(join(out, 'mutants.json'), 'utf8')));
    expect(report.mutants.map(({ id }) => id)).toEqual(mutants.map(({ id }) => id));
    expect(report.mutants.length).toBeGreaterThanOrEqual(30);
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
