import { type CheckContext, type CheckDraft, type CheckOptions, check, type MachineNeeds, probe } from './define.ts';
import { assertAllPassed, completionPattern, type ProbeReport, readProbeReport, recordFigures, resultPrefix } from './probe-report.ts';

/** What a check says of the probe it rests on; `options` but for the guest's init. */
export interface ProbeCheckDraft extends Omit<CheckOptions, 'guest'> {
  readonly id: string;
  readonly title: string;
  /** Name of the probe, e.g. `a0-exit`; its results' ids then begin with `a0.exit.`. */
  readonly probe: string;
  /** Ends of the ids of the results that must be PASS. */
  readonly results: readonly string[];
  /** Ends of the ids of those that may be SKIP: what the machine at hand can't show. */
  readonly maySkip?: readonly string[];
  /** What else the guest must have. */
  readonly guest?: MachineNeeds;
  /** What the host does meanwhile: answer the probe, watch the machine. Called before the report is awaited. */
  readonly during?: (context: CheckContext) => Promise<void>;
}

/** A check whose guest is one probe as init (phases without a shell): all its results must be there and PASS, then it powers the machine off. */
export function probeCheck({ id, title, probe: name, results, maySkip = [], guest, during, ...options }: ProbeCheckDraft): CheckDraft {
  const fullId = (end: string): string => `${resultPrefix(name)}${end}`;
  return check(id, title, { ...options, guest: { init: probe(name), ...guest } }, async (context) => {
    await during?.(context);
    const report = await runProbe(context, name);
    assertAllPassed(report, results.map(fullId), maySkip.map(fullId));
  });
}

/** Below a check's budget, so that a probe that does not complete is diagnosed before the budget ends the check. */
const completionTimeoutMs = 40_000;
const powerOffTimeoutMs = 10_000;

/**
 * Waits for the probe's completion record and for the power-off after it; records the probe's metrics.
 * @throws BringupError what kept the probe from completing (`guest-exit`, `guest-crash`, `expect-timeout`, ...).
 */
export async function runProbe({ console, machine, within, metric }: CheckContext, name: string): Promise<ProbeReport> {
  const { groups, before } = await console.expect(completionPattern(name), within(completionTimeoutMs));
  const report = readProbeReport(before, resultPrefix(name), { passed: Number(groups.passed), failed: Number(groups.failed) });
  recordFigures(report.metrics, metric);
  await machine.endsBy('guest-shutdown', within(powerOffTimeoutMs));
  return report;
}
