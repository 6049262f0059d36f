import { percent } from '../harness/diagnosis/wording.ts';
import { withoutFolders } from '../harness/host-paths.ts';
import type { Machine } from '../harness/machine.ts';
import { type Cause, type Outcome, outcomeOfCause } from '../model/outcome.ts';
import type { CrashReport } from '../parsers/crash.ts';
import { stallSpanMs } from './stall-span.ts';

/** What a check, or one try of it, came to. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly cause: Cause | null;
  /** What was expected and what came; null for PASS. */
  readonly message: string | null;
  /** What to do about it. */
  readonly hint: string | null;
  /** The profile's reason, where the check is a declared deviation. */
  readonly deviation: string | null;
}

/** The verdict of a check that has nothing to show here. */
export function skipped(why: string): Verdict {
  return { outcome: 'SKIP', cause: null, message: why, hint: null, deviation: null };
}

/** Whether it is the kernel's fault or the test's, so that somebody may want to look at the guest. */
export function isFailure({ outcome }: Verdict): boolean {
  return outcome === 'FAIL' || outcome === 'ERROR';
}

const passed: Verdict = { outcome: 'PASS', cause: null, message: null, hint: null, deviation: null };

/** The parts of an error that a verdict needs; what vitest hands over from a worker has them, too. */
interface ErrorLike {
  readonly name?: string;
  readonly code?: unknown;
  readonly message?: string;
  readonly stack?: string;
  readonly shortMessage?: string;
  readonly hint?: string;
  readonly failureCause?: Cause;
}

/** Why a check ended with this error: ours say so themselves, an AssertionError is `assertion`, any other is the test's own bug. */
export function judgeError(thrown: unknown): Verdict {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }) as ErrorLike;
  if (error.failureCause !== undefined && error.shortMessage !== undefined) {
    return fail(error.failureCause, error.shortMessage, error.hint ?? null);
  }
  if (error.name === 'AssertionError') return fail('assertion', error.message ?? 'an assertion failed', null);
  const where = error.stack
    ?.split('\n')
    .find((line) => line.trimStart().startsWith('at '))
    ?.trim();
  const message = `an unexpected error ended the check: ${error.name ?? 'Error'}: ${withoutFolders(error.message ?? '')}`;
  return fail(
    'broken-test',
    message,
    where === undefined ? null : `it is no verdict on the kernel; it was thrown ${withoutFolders(where)}.`,
  );
}

/**
 * The verdict of a check whose body is over. A guest that crashed or ended goes before what the body made of it: the body
 * saw the consequence.
 */
export async function judge(
  machine: Machine | undefined,
  thrown: { error: unknown } | undefined,
  expects: readonly string[] = [],
): Promise<Verdict> {
  await machine?.settled();
  const ended = machine?.endExpected ? undefined : machine?.ended;
  if (ended) return judgeError(ended);
  if (thrown) return judgeError(thrown.error);
  return judgeLog(machine?.unexpectedCrashes ?? [], expects, machine && ((ms) => machine.worstHostLoss(ms)));
}

/** Classes of reports of a standstill, which a starved host brings about as well as a fault of the kernel. */
const stallClasses: ReadonlySet<string> = new Set(['soft-lockup', 'workqueue-lockup', 'rcu-stall', 'hung-task']);

/** Of the time that the stall took; a kernel that has a fifth of it would have gone on. */
const starvedShare = 0.8;

/**
 * The verdict of a check whose body held, by the reports that the kernel's log has; those of the classes `expects` don't count.
 * @param worstHostLoss The greatest share of any time of that length, in milliseconds, that the host kept from the guest.
 */
export function judgeLog(
  reports: readonly Pick<CrashReport, 'class' | 'title' | 'text'>[],
  expects: readonly string[] = [],
  worstHostLoss: (lengthMs: number) => number = () => 0,
): Verdict {
  const unexpected = reports.filter((report) => !expects.includes(report.class));
  const fault = unexpected.find((report) => !stallClasses.has(report.class));
  if (fault !== undefined) {
    if (fault.class === 'unexpected-reboot') {
      return fail(
        'unexpected-reboot',
        'the kernel booted again unasked',
        'what came before is in the console, right above the second boot.',
      );
    }
    const hint = 'the kernel went on, but a clean log is part of every check; the report is in the console.';
    return fail('guest-crash', `the kernel log has a report: ${fault.title}`, hint);
  }
  const [stall] = unexpected;
  if (stall === undefined) return passed;
  const said = `the kernel reported a stall: ${stall.title}`;
  const spanMs = stallSpanMs(stall);
  const lost = worstHostLoss(spanMs);
  if (lost >= starvedShare) {
    const hint = 'a guest that gets no time reports stalls that are none of its own: run it again on an idle host.';
    return fail('host-overload', `${said}, but the host kept ${percent(lost)} of ${spanMs / 1_000} s from it`, hint);
  }
  const hint = 'the host gave the guest its time, so the kernel itself stood still; its report is in the console.';
  return fail('guest-hang', said, hint);
}

/**
 * A declared deviation must show: its failure is no news, its passing is. No deviation excuses a crash or a reboot: nobody declares
 * those, and behind one of them a new fault could hide.
 */
export function withDeviation(verdict: Verdict, reason: string | undefined): Verdict {
  if (reason === undefined) return verdict;
  const isExcusable = verdict.cause !== 'guest-crash' && verdict.cause !== 'unexpected-reboot';
  if (verdict.outcome === 'FAIL' && isExcusable) return { ...verdict, outcome: 'SKIP', deviation: reason };
  if (verdict.outcome === 'FAIL') {
    const message = `${verdict.message} (the profile declares a deviation here (${reason}), which excuses no ${verdict.cause})`;
    return { ...verdict, message, deviation: reason };
  }
  if (verdict.outcome !== 'PASS') return verdict;
  const message = `the profile declares a deviation here (${reason}), but the check passed`;
  return { ...fail('assertion', message, 'remove the deviation from the profile.'), deviation: reason };
}

function fail(cause: Cause, message: string, hint: string | null): Verdict {
  return { outcome: outcomeOfCause[cause], cause, message, hint, deviation: null };
}
