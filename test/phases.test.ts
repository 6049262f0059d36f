import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadProfile } from '../kernel/load-profile.ts';
import { phases } from '../src/phases/index.ts';
import { recordOf, runEnv, startRun } from './run-process.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

test('the reference kernel passes every check of every phase, but for its declared deviations', { timeout: 3_000_000 }, async () => {
  const out = await mkdtemp(join(folder, 'tmp-phases-'));
  try {
    // One machine at a time: other test files run beside this one.
    const { exitCode, all } = await startRun(out, await runEnv(join(out, 'tmp')), ['all', '--jobs', '1']);
    const { checks } = await recordOf(out);
    const { deviations } = await loadProfile('linux-arm64');
    const known = phases.flatMap((phase) => phase.checks.map(({ id }) => id));
    expect(checks.map(({ check }) => check).sort(), all).toEqual([...known].sort());
    for (const { check, outcome } of checks)
      expect([check, outcome], all).toEqual([check, deviations[check] === undefined ? 'PASS' : 'SKIP']);
    expect(exitCode).toBe(0);
  } finally {
    await rm(out, { recursive: true });
  }
});
