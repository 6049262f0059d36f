import { describe, inject, test } from 'vitest';
import { loadProfile } from '../../kernel/load-profile.ts';
import { withoutFolders } from '../harness/host-paths.ts';
import { BringupError } from '../model/errors.ts';
import type { RunEventBody } from '../model/run-event.ts';
import type { Check, Phase } from '../phases/define.ts';
import { type CheckEvent, type CheckResult, runCheck } from '../phases/run-check.ts';
import { judgeError, type Verdict } from '../phases/verdict.ts';
import { type CheckOutcome, type RunSettings, runSettingsSchema, type TryRecord } from './settings.ts';
import { consoleFile, EventLog, eventsFile } from './work-files.ts';

/** Vitest's own time-out only catches a harness that hangs: the budget is kept by the check's runner. */
const graceMs = 60_000;

/** Makes each check of a phase a test of the suite. Runs under `bringup run` only. */
export function bindPhase(phase: Phase): void {
  const settings = runSettingsSchema.parse(inject('bringup'));
  describe.concurrent(phase.id, () => {
    for (const check of phase.checks.filter(({ id }) => settings.checks.includes(id))) {
      const { id, title, source, budgetMs } = check;
      const identity = { phase: phase.id, check: id, title, source, budgetMs };
      const timeout = (budgetMs + graceMs) * (settings.retries + 1);
      test(`${id} ${title}`, { timeout, meta: { bringup: identity } }, async ({ task, skip, signal }) => {
        const outcome = await runTries(phase, check, settings, signal);
        task.meta.bringupOutcome = outcome;
        if (outcome.outcome === 'SKIP') skip(outcome.deviation ?? outcome.message ?? undefined);
        if (outcome.outcome !== 'PASS') throw new Error(`${outcome.outcome} (${outcome.cause}): ${outcome.message}`);
      });
    }
  });
}

/** Runs the check, again as long as it comes to MISS and tries are left; each try is recorded. */
async function runTries(phase: Phase, check: Check, settings: RunSettings, signal: AbortSignal): Promise<CheckOutcome> {
  const profile = await loadProfile(settings.profile);
  const events = eventsFile(settings.workDir, check.id);
  const log = new EventLog(events, settings.startedAtEpochMs);
  const leave = (event: CheckEvent | StartOfTry): void => log.leave({ ...event, check: check.id });
  const tries: TryRecord[] = [];
  for (let number = 1; ; number++) {
    const { id: _, title, source, budgetMs } = check;
    // The reporter records the first try's start itself.
    if (number > 1) leave({ type: 'check.started', phase: phase.id, title, source, budgetMs, try: number });
    const machine = number === 1 ? 'machine' : `machine-${number}`;
    const consoleLogPath = consoleFile(settings.workDir, check.id, machine);
    const result: CheckResult = await runCheck(check, {
      profile,
      overrides: settings.overrides,
      record: leave,
      consoleLogPath,
      machineId: machine,
      signal,
    });
    const { outcome, cause, message, hint, durationMs, deviation } = log.error ? { ...result, ...unrecorded(log.error) } : result;
    tries.push({ outcome, cause, message, durationMs });
    if (outcome !== 'MISS' || number > settings.retries || signal.aborted) {
      const totalMs = tries.reduce((sum, each) => sum + each.durationMs, 0);
      return { outcome, cause, message, hint, deviation, durationMs: totalMs, tries };
    }
  }
}

/** A check whose events are lost proves nothing, whatever it came to. */
function unrecorded(error: Error): Verdict {
  return judgeError(
    new BringupError('harness-fault', `the check’s events could not be written: ${withoutFolders(error.message)}`, {
      hint: 'is the disk full?',
      cause: error,
    }),
  );
}

type StartOfTry = Omit<Extract<RunEventBody, { type: 'check.started' }>, 'check'>;
