import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { executeSuites } from '../src/cli/run/execute.ts';
import { a0 } from '../src/phases/index.ts';
import { RecordWriter } from '../src/reporters/index.ts';
import { monotonicMs } from '../src/vitest/work-files.ts';

test('a check that no suite has is an error of the run, not silence', async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'bringup-execute-'));
  const writer = RecordWriter.open(join(workDir, 'out'));
  try {
    const { errors } = await executeSuites(
      { phases: [a0], jobs: 1 },
      {
        profile: 'linux-arm64',
        overrides: {},
        targets: [{ check: 'a0.no.such', mutant: null }],
        workDir,
        startedAtMs: monotonicMs(),
        slowness: 1,
        retries: 0,
        iteration: 0,
        keepFailed: false,
      },
      { placeOf: () => ({ writer, outDir: join(workDir, 'out') }), onEvent: () => {} },
    );
    expect(errors).toEqual([{ cause: 'harness-fault', message: 'no suite that ran has these checks, so they never began: a0.no.such' }]);
  } finally {
    await writer[Symbol.asyncDispose]();
    await rm(workDir, { recursive: true });
  }
});
