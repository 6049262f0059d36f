import { boot } from '../harness/boot.ts';
import type { HarnessEvent } from '../harness/harness-event.ts';
import { withoutFolders } from '../harness/host-paths.ts';
import type { ForkOptions, Machine } from '../harness/machine.ts';
import { bounded } from '../harness/wait.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { RunEventBody } from '../model/run-event.ts';
import type { Check, CheckContext } from './define.ts';
import type { Forks } from './forks.ts';
import { type GuestOverrides, guestFor } from './guest.ts';
import type { GuestChange } from './guest-change.ts';
import { metricEvent } from './metric-event.ts';
import { isFailure, judge, judgeError, skipped, type Verdict, withDeviation } from './verdict.ts';

/** Events of a running check, without its id. */
export type CheckEvent = HarnessEvent | Omit<Extract<RunEventBody, { type: 'metric' }>, 'check'>;

export interface CheckRun {
  readonly profile: KernelProfile;
  readonly overrides: GuestOverrides;
  /** What is done to the guest besides, unknown to the check. */
  readonly change?: GuestChange;
  /** Where guests that equal others come from. @default every guest is booted */
  readonly forks?: Forks;
  /** Takes the check's events. */
  readonly record: (event: CheckEvent) => void;
  /** File that gets every raw console byte. */
  readonly consoleLogPath: string;
  /** Name of the machine in the record. */
  readonly machineId: string;
  /** Takes the machine of a check that came to FAIL or ERROR, and is to dispose it. Must not throw. @default it is disposed */
  readonly keep?: (machine: Machine, verdict: Verdict) => Promise<void>;
  /** Stops the check. */
  readonly signal?: AbortSignal;
}

export interface CheckResult extends Verdict {
  readonly durationMs: number;
}

/** Runs one check once, on a machine of its own, and judges it. Never throws. */
export async function runCheck(check: Check, run: CheckRun): Promise<CheckResult> {
  const startedAt = performance.now();
  const nothingToShow = check.skipWhere?.(run.profile);
  if (nothingToShow !== undefined) return { ...skipped(nothingToShow), durationMs: performance.now() - startedAt };
  const budget = new AbortController();
  const overrun = new BringupError('budget-exceeded', `check ${check.id} did not end within its budget of ${check.budgetMs} ms`, {
    hint: 'see its steps and the console for where the time went.',
  });
  const signal = run.signal ? AbortSignal.any([budget.signal, run.signal]) : budget.signal;
  const stopped = run.signal ? { signal: run.signal } : {};
  let machine: Machine | undefined;
  const left: { unready?: Machine } = {};
  let thrown: { error: unknown } | undefined;
  try {
    const guest = guestFor(check.guest, run.profile, run.overrides, run.change);
    // The boot has a deadline of its own, whose error says what the guest was doing.
    const profile = bootingWithin(guest.profile, check.budgetMs);
    const onUnready = run.keep && { onUnready: (each: Machine) => void Object.assign(left, { unready: each }) };
    const options = { ...stopped, ...onUnready, observe: run.record, id: run.machineId, consoleLogPath: run.consoleLogPath };
    machine = await start(check, run, options)
      .then(async (fork) => {
        if (fork) return fork;
        await left.unready?.[Symbol.asyncDispose]();
        return boot(profile, { ...guest.options, ...options });
      })
      .catch(notTheTestsFault);
    const timeoutMs = Math.max(0, check.budgetMs - (performance.now() - startedAt));
    const body = changed(machine, run.change, signal).then(() => check.run(contextOf(machine as Machine, profile, signal, run)));
    await bounded(body, check.id, { timeoutMs, ...stopped }, () => {
      budget.abort(overrun);
      return overrun;
    });
  } catch (error) {
    if (run.signal?.aborted) thrown = { error: new BringupError('aborted', `check ${check.id} was interrupted`, { cause: error }) };
    else thrown = { error: error === overrun && machine ? await machine.explain(overrun) : error };
  }
  const unchanged = thrown?.error instanceof UnchangedGuest;
  let verdict = unchanged ? judgeError(thrown?.error) : await judge(machine, thrown, check.expects);
  const reason = run.profile.deviations[check.id];
  try {
    const last = machine ?? left.unready;
    const final = withDeviation(verdict, reason);
    if (last && run.keep && isFailure(final)) await run.keep(last, final);
    else await last?.[Symbol.asyncDispose]();
  } catch (error) {
    if (verdict.outcome === 'PASS')
      verdict = judgeError(new BringupError('harness-fault', 'the machine could not be put away', { cause: error }));
  }
  if (verdict.outcome === 'PASS' && machine?.spoolError) verdict = judgeError(unspooled(machine.spoolError));
  return { ...withDeviation(verdict, reason), durationMs: performance.now() - startedAt };
}

/** What was to be done to the guest could not be done: whatever came of the check, it was another guest's. */
class UnchangedGuest extends BringupError {}

async function changed(machine: Machine, change: GuestChange | undefined, signal: AbortSignal): Promise<void> {
  try {
    await change?.onBooted?.(machine, signal);
  } catch (error) {
    throw new UnchangedGuest('harness-fault', `the guest could not be changed: ${error instanceof Error ? error.message : error}`, {
      hint: 'the guest may be another than the change was written for, or have ended before it.',
      cause: error,
    });
  }
}

/** A fork, where the check can have one. */
async function start({ guest }: Check, run: CheckRun, options: ForkOptions): Promise<Machine | undefined> {
  if (run.change !== undefined) return undefined;
  return run.forks?.fork(guest, options, (why) =>
    run.record({ type: 'step', title: `not forked, but booted: ${withoutFolders(why)}`, ok: true, durationMs: 0 }),
  );
}

/** A verdict without its console can't be looked into. */
function unspooled(error: Error): BringupError {
  return new BringupError('harness-fault', `the console log could not be written: ${withoutFolders(error.message)}`, {
    hint: 'is the disk full?',
    cause: error,
  });
}

/** Before the check's body ran, whatever is thrown is not its own. */
function notTheTestsFault(error: unknown): never {
  if (error instanceof BringupError) throw error;
  throw new BringupError('harness-fault', `booting failed in the harness itself: ${error}`, {
    hint: 'this is a bug in bringup: please report it.',
    cause: error,
  });
}

function bootingWithin(profile: KernelProfile, budgetMs: number): KernelProfile {
  return { ...profile, timeouts: { ...profile.timeouts, bootMs: Math.min(profile.timeouts.bootMs, budgetMs) } };
}

function contextOf(machine: Machine, profile: KernelProfile, signal: AbortSignal, run: CheckRun): CheckContext {
  return {
    machine,
    console: machine.console,
    get shell() {
      return machine.shell;
    },
    profile,
    signal,
    metric: (name, value, details) => run.record(metricEvent(name, value, details)),
  };
}
