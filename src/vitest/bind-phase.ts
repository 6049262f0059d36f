import { describe, inject, test } from 'vitest';
import { loadProfile } from '../../kernel/load-profile.ts';
import { withoutFolders } from '../harness/host-paths.ts';
import { type Keeping, keeper, keepingLine } from '../harness/kept/keeper.ts';
import type { Machine } from '../harness/machine.ts';
import { longestStretch } from '../harness/time/deadline.ts';
import { slowed, slowedProfile } from '../harness/time/slowness.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { RunEventBody } from '../model/run-event.ts';
import { changeOf } from '../mutants/baselines.ts';
import { seedingFailure } from '../mutants/seeding.ts';
import type { Check, Phase } from '../phases/define.ts';
import { Forks } from '../phases/forks.ts';
import { type CheckEvent, type CheckResult, type CheckRun, runCheck } from '../phases/run-check.ts';
import { judgeError, type Verdict } from '../phases/verdict.ts';
import { type CheckIdentity, type CheckOutcome, type RunSettings, runSettingsSchema, type TryRecord } from './settings.ts';
import { consoleFile, EventLog, eventsFile, leaveCaptures, workName } from './work-files.ts';

/** Vitest's own time-out only catches a harness that hangs: the budget is kept by the check's runner. */
const graceMs = 60_000;

/** Makes each check of a phase a test of the suite. Runs under `bringup run` only. */
export function bindPhase(phase: Phase): void {
  const settings = runSettingsSchema.parse(inject('bringup'));
  const programs = [...new Set(phase.checks.flatMap(({ guest }) => (guest.init === 'shell' ? (guest.programs ?? []) : [])))].sort();
  let forks: Promise<Forks> | undefined;
  const sharedForks = (): Promise<Forks> => {
    forks ??= profileHere(settings).then((profile) => new Forks(profile, settings.overrides, programs));
    return forks;
  };
  let reference: Promise<Reference> | undefined;
  const sharedReference = (): Promise<Reference> => {
    reference ??= loadProfile(referenceProfile).then((loaded) => {
      const profile = slowedProfile(loaded, settings.slowness);
      return { profile, forks: new Forks(profile, {}, []) };
    });
    return reference;
  };
  describe.concurrent(phase.id, () => {
    for (const { check: id, mutant } of settings.targets) {
      const found = phase.checks.find((each) => each.id === id);
      if (found === undefined) continue;
      const check: Check = { ...found, budgetMs: slowed(found.budgetMs, settings.slowness) };
      const { title, source, budgetMs } = check;
      const identity: CheckIdentity = { phase: phase.id, check: id, mutant, title, source, budgetMs };
      // A boot and what follows it may each take so much longer than they should.
      const timeout = (2 * longestStretch * budgetMs + graceMs) * (settings.retries + 1);
      test(`${workName(identity)} ${title}`, { timeout, meta: { bringup: identity } }, async ({ task, skip, signal }) => {
        const onKeeping = (keeping: Keeping): void => {
          task.meta.bringupKeeping = keeping;
        };
        const outcome = await runTries(check, identity, await sharedForks(), settings, {
          signal,
          onKeeping,
          reference: await sharedReference(),
        });
        task.meta.bringupOutcome = outcome;
        if (outcome.outcome === 'SKIP') skip(outcome.deviation ?? outcome.message ?? undefined);
        if (outcome.outcome !== 'PASS') throw new Error(`${outcome.outcome} (${outcome.cause}): ${outcome.message}`);
      });
    }
  });
}

/** What the machines of labs run that are not under test. */
const referenceProfile = 'linux-arm64';
type Reference = NonNullable<CheckRun['reference']>;

/** The profile with the times that this host needs. */
async function profileHere({ profile, slowness }: RunSettings): Promise<KernelProfile> {
  return slowedProfile(await loadProfile(profile), slowness);
}

/** Runs the check, again as long as it comes to MISS and tries are left; each try is recorded. */
async function runTries(
  check: Check,
  identity: CheckIdentity,
  forks: Forks,
  settings: RunSettings,
  { signal, onKeeping, reference }: { signal: AbortSignal; onKeeping: (keeping: Keeping) => void; reference: Reference },
): Promise<CheckOutcome> {
  const profile = await profileHere(settings);
  const change = identity.mutant === null ? undefined : changeOf(identity.mutant);
  const log = new EventLog(eventsFile(settings.workDir, workName(identity)), settings.startedAtMs);
  // A kept machine goes on after its check: what happens to it then is no part of the record, which may be written already.
  let isOver = false;
  const leave = (event: CheckEvent | StartOfTry): void => {
    if (!isOver) log.leave({ ...event, check: check.id });
  };
  const keep = async (machine: Machine, { outcome, cause }: Verdict): Promise<void> => {
    const keeping = await keeper.keep(machine, { check: workName(identity), outcome, cause });
    leave({ type: 'step', title: keepingLine(keeping), ok: true, durationMs: 0 });
    onKeeping(keeping);
  };
  const tries: TryRecord[] = [];
  for (let number = 1; ; number++) {
    const { phase, title, source, budgetMs } = identity;
    // The reporter records the first try's start itself.
    if (number > 1) leave({ type: 'check.started', phase, title, source, budgetMs, try: number });
    const machine = number === 1 ? 'machine' : `machine-${number}`;
    const consoleLogPath = consoleFile(settings.workDir, workName(identity), machine);
    const result: CheckResult = await runCheck(check, {
      profile,
      overrides: settings.overrides,
      ...(change && { change }),
      forks,
      reference,
      keepCaptures: (captures) => leaveCaptures(settings.workDir, workName(identity), captures),
      slowness: settings.slowness,
      iteration: settings.iteration,
      record: leave,
      consoleLogPath,
      laterConsoleLogPath: (id) => consoleFile(settings.workDir, workName(identity), id),
      machineId: machine,
      ...(settings.keepFailed && { keep }),
      signal,
    });
    const unseeded = change && result.outcome !== 'MISS' && (await seedingFailure(change, consoleLogPath));
    const { outcome, cause, message, hint, durationMs, deviation } = {
      ...result,
      ...(unseeded && judgeError(unseeded)),
      ...(log.error && unrecorded(log.error)),
    };
    tries.push({ outcome, cause, message, durationMs });
    if (outcome !== 'MISS' || number > settings.retries || signal.aborted) {
      isOver = true;
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
