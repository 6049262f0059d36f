import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { withPrograms, withScript } from '../artifacts/index.ts';
import type { ArtifactProvider } from '../model/artifact.ts';
import { BringupError } from '../model/errors.ts';
import { type Figures, figuresSchema } from '../model/figures.ts';
import { describeIssues } from '../model/profile.ts';
import type { CheckContext, GuestNeeds } from './define.ts';
import { completionPattern, readProbeReport, resultPrefix } from './probe-report.ts';

/** The programs that print figures, in the order in which the script starts them. */
const programs = ['e-begin', 'e-calls', 'e-memory', 'e-spawn', 'e-switches'];

/** One instruction, one nanosecond: a figure's digits are instructions. */
export const nsPerInstruction = 1;

/** Boots cold, runs initramfs/scripts/figures.sh as PID 1, and powers off. Nothing in it is left to chance. */
export const figuresGuest = {
  init: { script: 'figures', programs },
  virtualTime: { nsPerInstruction },
  append: ['nokaslr'],
} as const satisfies GuestNeeds;

/** The programs and the script, without a userland. */
export const figuresPrograms: ArtifactProvider = withScript(withPrograms(undefined, programs), figuresGuest.init.script);

/** What all figures' names begin with. */
const prefix = 'perf_';
const completionTimeoutMs = 120_000;
const powerOffTimeoutMs = 10_000;

/**
 * Waits until a machine of `figuresGuest` has printed its figures and is off; gives them by name.
 * @throws AssertionError where a program did not do what it should time; BringupError what kept them from completing.
 */
export async function readFigures({
  console,
  machine,
  within,
}: Pick<CheckContext, 'console' | 'machine' | 'within'>): Promise<Map<string, number>> {
  const { before } = await console.expect(/^FIGURES COMPLETE\s/m, within(completionTimeoutMs));
  await machine.endsBy('guest-shutdown', within(powerOffTimeoutMs));
  const figures = new Map<string, number>();
  for (const program of programs) {
    const groups = completionPattern(program).exec(before)?.groups;
    assert.ok(groups, `${program} completes`);
    const counts = { passed: Number(groups.passed), failed: Number(groups.failed) };
    const { results, metrics } = readProbeReport(before, resultPrefix(program), counts);
    const failed = results.filter(({ result }) => result !== 'PASS').map(({ id, reason }) => `${id}: ${reason}`);
    assert.deepEqual(failed, [], `what ${program} did was right`);
    assert.ok(counts.passed > 0 && results.length === counts.passed, `as many results of ${program} as it counted, ${counts.passed}`);
    for (const [name, value] of metrics) if (name.startsWith(prefix)) figures.set(name, value);
  }
  assert.ok(figures.size > 0, 'programs that print figures');
  return figures;
}

/** Reads a file of figures. @throws BringupError `file-not-found`, `record-invalid` */
export async function readFiguresFile(path: string): Promise<Figures> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new BringupError('file-not-found', `there is no file of figures ${path}`, { hint: '`bringup perf --update` writes it.' });
  });
  const invalid = (what: string): BringupError =>
    new BringupError('record-invalid', `${path} is no file of figures: ${what}`, { hint: '`bringup perf --update` writes it anew.' });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid((error as Error).message);
  }
  const result = figuresSchema.safeParse(json);
  if (!result.success) throw invalid(describeIssues(result.error));
  return result.data;
}
