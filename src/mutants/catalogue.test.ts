import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFile } from '../model/package-files.ts';
import { phases } from '../phases/index.ts';
import { mutants } from './index.ts';

test('each mutant has an id of its own, of its phase, and names a check of that phase', () => {
  const checks = new Map(phases.map(({ id, checks }) => [id, checks.map((check) => check.id)]));
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  for (const { id, phase, caughtBy } of mutants) {
    expect(id).toMatch(new RegExp(`^${phase}(-[a-z0-9]+)+$`));
    expect(checks.get(phase), `the check that must catch ${id}`).toContain(caughtBy);
  }
});

/** Names in the first column of the module's tables. */
async function faultsOfModule(): Promise<string[]> {
  const folder = packageFile('initramfs/mutants/fault');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.c'));
  const texts = await Promise.all(sources.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => Array.from(text.matchAll(/^ {2}\{"([^"]+)"/gm), ([, name]) => name as string));
}

/** What Linux leaves out, for test/write-or-execute.test.ts: no mutant. */
const ofTests = ['write-or-execute', 'write-or-execute-but-later'];

test('the module has the faults that mutants ask for, and no others', async () => {
  const parameters = mutants.flatMap(({ change }) => change.append ?? []);
  const asked = parameters.flatMap((parameter) => /^MUTANT=module:(.*)$/.exec(parameter)?.[1] ?? []);
  expect([...new Set([...asked, ...ofTests])].sort()).toEqual([...new Set(await faultsOfModule())].sort());
});
