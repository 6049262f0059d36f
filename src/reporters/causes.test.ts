import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { causes, outcomeOfCause, outcomes } from '../model/outcome.ts';
import { explanationOf, meaningOfCause } from './causes.ts';

test('docs/reports.md has each cause with its outcome and what the reports say of it', async () => {
  const page = await readFile(new URL('../../docs/reports.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| ([A-Z]+) \| (.*) \|$/gm)].map(([, cause, outcome, meaning]) => [
    cause,
    outcome,
    meaning,
  ]);
  expect(rows).toEqual(causes.map((cause) => [cause, outcomeOfCause[cause], meaningOfCause[cause]]));
});

test('whatever is not the kernel’s fault is told to be no verdict on it', () => {
  for (const cause of causes) {
    const outcome = outcomeOfCause[cause];
    expect(explanationOf({ outcome, cause })?.endsWith(' No verdict on the kernel.')).toBe(outcome !== 'FAIL');
  }
  const quiet = outcomes.filter((outcome) => explanationOf({ outcome, cause: null }) === null);
  expect(quiet).toEqual(['PASS', 'DONE', 'SKIP']);
});
