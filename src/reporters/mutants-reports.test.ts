import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MutantsReport } from '../model/mutants-report.ts';
import { renderMutantsReports } from './render-mutants.ts';
import { buildRunModel } from './run-model.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { sampleRun } from './testing/sample-run.ts';

const caught = {
  check: 'a0.init.getpid',
  outcome: 'FAIL',
  cause: 'assertion',
  message: 'expected 1, got <2>',
  durationMs: 900,
  isCatch: true,
} as const;
const passed = { check: 'a0.exit.status', outcome: 'PASS', cause: null, message: null, durationMs: 800, isCatch: false } as const;
const report: MutantsReport = {
  mutants: [
    {
      id: 'a0-getpid-two',
      phase: 'a0',
      fault: 'getpid answers 2',
      expected: 'a0.init.getpid',
      caughtBy: 'a0.init.getpid',
      cause: 'assertion',
      durationMs: 900,
      checks: [caught, passed],
    },
    {
      id: 'a0-lives',
      phase: 'a0',
      fault: 'a | b',
      expected: 'a0.exit.status',
      caughtBy: null,
      cause: null,
      durationMs: 800,
      checks: [passed],
    },
  ],
  baselines: [
    {
      id: 'unmutated',
      title: 'the guest as it is',
      checks: [{ check: 'a0.exit.status', outcome: 'PASS', cause: null, message: null, durationMs: 800 }],
    },
  ],
};

test('the matrix, the JSON and the summary say the same; a guest’s words can’t become markup', async () => {
  const out = await mkdtemp(join(tmpdir(), 'bringup-mutants-'));
  try {
    await renderMutantsReports(out, report, { ...buildRunModel(sampleRun(everyOutcome)) });
    const read = (name: string) => readFile(join(out, name), 'utf8');
    expect(JSON.parse(await read('mutants.json'))).toEqual(report);
    const html = await read('index.html');
    expect(html).toContain('<h1>1 of 2 mutants caught</h1>');
    expect(html).toContain('href="a0-getpid-two/index.html#a0.init.getpid"');
    expect(html).toContain('expected 1, got &#60;2&#62;');
    expect(html).not.toContain('<2>');
    expect(html.match(/<b class="FAIL">not caught<\/b>/g)).toHaveLength(1);
    expect(html.match(/class="expected"/g)).toHaveLength(2);
    const summary = await read('summary.md');
    expect(summary).toContain('| a0-lives | a \\| b | **none** (expected a0.exit.status) |');
    expect(summary.indexOf('a0-lives')).toBeLessThan(summary.indexOf('a0-getpid-two'));
  } finally {
    await rm(out, { recursive: true });
  }
});
