import assert from 'node:assert/strict';
import { type CheckContext, type CheckDraft, check } from './define.ts';
import type { ProbeCheckDraft } from './probe-check.ts';
import { assertAllPassed, completionPattern, type ProbeReport, readProbeReport, recordFigures, resultPrefix } from './probe-report.ts';

export interface ProgramCheckDraft extends Omit<ProbeCheckDraft, 'during'> {
  /** How the program is run, where that is not always the same. @default without arguments */
  readonly howToRun?: (context: CheckContext) => ProgramOptions;
}

/** A check that runs a probe as a program of the guest's shell: all its results must be there and PASS, and its exit status must agree. */
export function programCheck({
  id,
  title,
  probe: name,
  results,
  maySkip = [],
  guest,
  howToRun,
  ...options
}: ProgramCheckDraft): CheckDraft {
  const fullId = (end: string): string => `${resultPrefix(name)}${end}`;
  return check(id, title, { ...options, guest: { init: 'shell', programs: [name], ...guest } }, async (context) => {
    const report = await runProgram(context, name, howToRun?.(context));
    assertAllPassed(report, results.map(fullId), maySkip.map(fullId));
  });
}

/** Below a check's budget, so that a program that does not end is diagnosed before the budget ends the check. */
const programTimeoutMs = 40_000;

interface ProgramOptions {
  /** What it is given as its arguments; no word of the shell's. @default none */
  readonly args?: readonly (number | string)[];
  /** How long it may take. @default 40 s */
  readonly timeoutMs?: number;
}

/**
 * Runs the probe `/probes/<name>` in the shell and records its figures.
 * @throws AssertionError where it did not complete, or its exit status contradicts its results.
 */
export async function runProgram(
  { shell, within, metric }: CheckContext,
  name: string,
  { args = [], timeoutMs = programTimeoutMs }: ProgramOptions = {},
): Promise<ProbeReport> {
  const { output, exitStatus } = await shell.run([`/probes/${name}`, ...args].join(' '), { captured: true, ...within(timeoutMs) });
  const completion = completionPattern(name).exec(`${output}\n`);
  if (completion === null) assert.fail(`the program ${name} did not complete: exit status ${exitStatus}, output: ${output.slice(-1000)}`);
  const { passed, failed } = completion.groups as { passed: string; failed: string };
  const report = readProbeReport(output.slice(0, completion.index), resultPrefix(name), { passed: Number(passed), failed: Number(failed) });
  recordFigures(report.metrics, metric);
  const expected = report.failed > 0 ? 1 : 0;
  assert.equal(exitStatus, expected, `exit status of ${name}, which counted ${report.failed} failed`);
  return report;
}
