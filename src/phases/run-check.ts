import type { HarnessEvent } from '../harness/harness-event.ts';
import { withoutFolders } from '../harness/host-paths.ts';
import type { Lab } from '../harness/lab/lab.ts';
import type { Machine } from '../harness/machine.ts';
import { bounded } from '../harness/wait.ts';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import type { RunEventBody } from '../model/run-event.ts';
import { CheckMachines, type MachinesRun, UnchangedGuest } from './check-machines.ts';
import type { Check, CheckContext } from './define.ts';
import { type GuestOverrides, guestFor } from './guest.ts';
import { metricEvent } from './metric-event.ts';
import { isFailure, judge, judgeError, skipped, type Verdict, withDeviation } from './verdict.ts';

/** Events of a running check, without its id. */
export type CheckEvent = HarnessEvent | Omit<Extract<RunEventBody, { type: 'metric' }>, 'check'>;

export interface CheckRun extends MachinesRun {
  readonly profile: KernelProfile;
  readonly overrides: GuestOverrides;
  /** Takes the check's events. */
  readonly record: (event: CheckEvent) => void;
  /** Takes what passed on the segments of the lab of a check that did not pass: pcap-ng files by their segments' names. */
  readonly keepCaptures?: (captures: ReadonlyMap<string, Buffer>) => void;
  /** Stops the check. */
  readonly signal?: AbortSignal;
}

export interface CheckResult extends Verdict {
  readonly durationMs: number;
}

/** Runs one check once, on a machine of its own, and judges it. Never throws. */
export async function runCheck(check: Check, run: CheckRun): Promise<CheckResult> {
  const startedAt = performance.now();
  const nothingToShow = check.skipWhere?.(run.profile) ?? tooManyCpus(check, run.profile);
  if (nothingToShow !== undefined) return { ...skipped(nothingToShow), durationMs: performance.now() - startedAt };
  const budget = new AbortController();
  const overrun = new BringupError('budget-exceeded', `check ${check.id} did not end within its budget of ${check.budgetMs} ms`, {
    hint: 'see its steps and the console for where the time went.',
  });
  const signal = run.signal ? AbortSignal.any([budget.signal, run.signal]) : budget.signal;
  const stopped = run.signal ? { signal: run.signal } : {};
  let machines: CheckMachines | undefined;
  let thrown: { error: unknown } | undefined;
  try {
    const guest = guestFor(check.guest, run.profile, run.overrides, run.change);
    // The boot has a deadline of its own, whose error says what the guest was doing.
    const profile = bootingWithin(guest.profile, check.budgetMs);
    const own = new CheckMachines({ check, run, guest, profile, signal });
    machines = own;
    const machine = await own.start(stopped).catch(notTheTestsFault);
    // What the host keeps from the guest is no part of its budget.
    const { hostKept } = machine.console;
    const spentMs = performance.now() - startedAt - (hostKept?.(startedAt) ?? 0);
    const timeoutMs = Math.max(0, check.budgetMs - spentMs);
    const body = check.run(contextOf(machine, { machines: own, profile, signal, run }));
    await bounded(body, check.id, { timeoutMs, hostKept, ...stopped }, () => {
      budget.abort(overrun);
      return overrun;
    });
  } catch (error) {
    if (run.signal?.aborted) thrown = { error: new BringupError('aborted', `check ${check.id} was interrupted`, { cause: error }) };
    else {
      const wait = { startedAtMs: startedAt, timeoutMs: check.budgetMs };
      thrown = { error: error === overrun ? await (machines?.all.at(-1)?.explain(overrun, wait) ?? overrun) : error };
    }
  }
  const unchanged = thrown?.error instanceof UnchangedGuest;
  const started = machines?.all ?? [];
  let verdict = unchanged ? judgeError(thrown?.error) : await judgeAll(started, thrown, check.expects);
  if (started.length === 0 && verdict.outcome === 'FAIL')
    verdict = { ...verdict, message: `the guest did not boot, so the check did not begin: ${verdict.message}` };
  if (machines) verdict = judgeLab(machines.lab) ?? verdict;
  if (verdict.cause === 'guest-hang') await started.at(-1)?.recordBacktraces();
  const reason = run.profile.deviations[check.id];
  try {
    const final = withDeviation(verdict, reason);
    const { keep } = run;
    if (machines && final.outcome !== 'PASS' && final.outcome !== 'SKIP') run.keepCaptures?.(machines.lab.captures());
    if (keep && isFailure(final)) await machines?.keepLast((machine) => keep(machine, final));
    await machines?.[Symbol.asyncDispose]();
  } catch (error) {
    if (verdict.outcome === 'PASS')
      verdict = judgeError(new BringupError('harness-fault', 'the machine could not be put away', { cause: error }));
  }
  const spoolError = machines?.all.find((machine) => machine.spoolError)?.spoolError;
  if (verdict.outcome === 'PASS' && spoolError) verdict = judgeError(unspooled(spoolError));
  return { ...withDeviation(verdict, reason), durationMs: performance.now() - startedAt };
}

/** Whether a check wants more CPUs than the profile claims to boot with. */
function tooManyCpus({ guest }: Check, { claims }: KernelProfile): string | undefined {
  const most = Math.max(...claims.vcpus);
  if ((guest.vcpus ?? 1) <= most) return undefined;
  return `the check wants ${guest.vcpus} vCPUs, and the profile claims at most ${most} (claims.vcpus)`;
}

/** The verdict over all machines of a check: one that crashed or ended before the last is where it went wrong. */
async function judgeAll(
  machines: readonly Machine[],
  thrown: { error: unknown } | undefined,
  expects: readonly string[],
): Promise<Verdict> {
  for (const earlier of machines.slice(0, -1)) {
    const verdict = await judge(earlier, undefined, expects);
    if (verdict.outcome !== 'PASS') return verdict;
  }
  return judge(machines.at(-1), thrown, expects);
}

/** The lab's own machines are the reference: what becomes of them is no fault of the kernel under test. */
function judgeLab({ machines }: Lab): Verdict | undefined {
  for (const [name, { ended, unexpectedCrashes }] of machines) {
    const why = ended ? `ended: ${ended.shortMessage}` : unexpectedCrashes[0] && `crashed: ${unexpectedCrashes[0].title}`;
    if (why === undefined) continue;
    return judgeError(
      new BringupError('harness-fault', `machine ${name} of the check’s lab ${why}`, {
        hint: 'it runs the reference kernel: see its console.',
        cause: ended,
      }),
    );
  }
  return undefined;
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

interface ContextParts {
  readonly machines: CheckMachines;
  readonly profile: KernelProfile;
  readonly signal: AbortSignal;
  readonly run: CheckRun;
}

function contextOf(machine: Machine, parts: ContextParts): CheckContext {
  const { machines, profile, signal, run } = parts;
  const context: CheckContext = {
    machine,
    console: machine.console,
    get shell() {
      return machine.shell;
    },
    get consoleShell() {
      return machine.consoleShell;
    },
    profile,
    lab: machines.lab,
    signal,
    iteration: run.iteration ?? 0,
    within: machines.within,
    disk: (index = 0) => machines.disk(index),
    end: (how) => machines.end(how),
    boot: async (options) => contextOf(await machines.again(options), parts),
    restart: async (how, options) => {
      await context.end(how);
      return context.boot(options);
    },
    metric: (name, value, details) => run.record(metricEvent(name, value, details)),
  };
  return context;
}
