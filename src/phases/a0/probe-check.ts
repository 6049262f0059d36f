import { type CheckContext, type CheckDraft, check, type GuestNeeds, probe } from '../define.ts';
import { assertAllPassed, completionPattern, type ProbeReport, readProbeReport } from './probe-report.ts';

export interface ProbeCheckDraft {
  readonly id: string;
  readonly title: string;
  /** Name of the probe, e.g. `a0-exit`; its results' ids then begin with `a0.exit.`. */
  readonly probe: string;
  /** Ends of the ids of the results that must be PASS. */
  readonly results: readonly string[];
  /** Ends of the ids of those that may be SKIP: what the machine at hand can't show. */
  readonly maySkip?: readonly string[];
  /** What else the guest must have. */
  readonly guest?: Omit<GuestNeeds, 'init'>;
  /** What the host does meanwhile: answer the probe, watch the machine. Called before the report is awaited. */
  readonly during?: (context: CheckContext) => Promise<void>;
}

/** A check whose guest is one probe as init: all its results must be there and PASS, then it powers the machine off. */
export function probeCheck({ id, title, probe: name, results, maySkip = [], guest, during }: ProbeCheckDraft): CheckDraft {
  const fullId = (end: string): string => `${resultPrefix(name)}${end}`;
  return check(id, title, { guest: { init: probe(name), ...guest } }, async (context) => {
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
export async function runProbe({ console, machine, signal, metric }: CheckContext, name: string): Promise<ProbeReport> {
  const { groups, before } = await console.expect(completionPattern(name), { timeoutMs: completionTimeoutMs, signal });
  const report = readProbeReport(before, resultPrefix(name), { passed: Number(groups.passed), failed: Number(groups.failed) });
  for (const [metricName, value] of report.metrics) metric(metricName, value);
  await machine.endsBy('guest-shutdown', { timeoutMs: powerOffTimeoutMs, signal });
  return report;
}

function resultPrefix(probeName: string): string {
  return `${probeName.replace('-', '.')}.`;
}
