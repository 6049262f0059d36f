import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { minimise } from './fuzz/minimise.ts';
import { parserTargets } from './fuzz/parser-targets.ts';
import { protocolTargets } from './fuzz/protocol-targets.ts';
import { type Finding, tryOnce } from './fuzz/run.ts';
import type { Target } from './fuzz/target.ts';

/** Some seconds' worth, the same in every run; `pnpm fuzz` goes on from anywhere. */
const inputs = 150;

describe.each([...parserTargets, ...protocolTargets])('$name', (target) => {
  test(`holds on ${inputs} damaged inputs`, { timeout: 300_000 }, async () => {
    const corpus = await target.corpus();
    const findings: (Finding | undefined)[] = [];
    for (let seed = 0; seed < inputs; seed += 1) findings.push(await tryOnce(target, corpus, seed));
    expect(findings.filter((finding) => finding !== undefined)).toEqual([]);
  });
});

/** A reader with a bug that only damage brings to light. */
const buggy: Target = {
  name: 'buggy',
  corpus: async () => [Buffer.from('a long and harmless line\n'.repeat(50))],
  check: (bytes) => {
    const at = bytes.indexOf('METRIC');
    if (at !== -1 && bytes.indexOf('\0', at) !== -1) throw new Error('a NUL after a metric');
  },
};

test('a fault is found, made small, and found again by its seed', async () => {
  const corpus = await buggy.corpus();
  let finding: Finding | undefined;
  for (let seed = 0; finding === undefined && seed < 5_000; seed += 1) finding = await tryOnce(buggy, corpus, seed);
  expect(finding).toMatchObject({ target: 'buggy', message: expect.stringContaining('a NUL after a metric') });
  expect(Buffer.from(finding?.input ?? []).toString('latin1')).toBe('METRIC\0');
  expect((await tryOnce(buggy, corpus, finding?.seed ?? -1))?.input).toEqual(finding?.input);
});

test('minimising keeps only what the failure needs', async () => {
  const input = Buffer.from(`${'x'.repeat(1_000)}A${'y'.repeat(777)}B${'z'.repeat(10)}`);
  const smallest = await minimise(input, async (bytes) => /A.*B/.test(Buffer.from(bytes).toString()));
  expect(Buffer.from(smallest).toString()).toBe('AB');
});

test('the command tells what it tried, and ends with 0 where nothing was found', async () => {
  const script = new URL('fuzz/fuzz-process.ts', import.meta.url).pathname;
  const { exitCode, stderr } = await execa(process.execPath, ['--conditions=bringup-source', script, '0.2', '7'], { reject: false });
  expect(stderr).toMatch(/^fuzzing text, .* for 0\.2 s from seed 7\n\d+ inputs, 0 findings$/);
  expect(exitCode).toBe(0);
});
