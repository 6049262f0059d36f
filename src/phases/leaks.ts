import assert from 'node:assert/strict';
import { type CheckContext, type CheckDraft, check } from './define.ts';
import { assertNothingLeaked, endJobs, measureUsage } from './usage.ts';
import { judgeError } from './verdict.ts';

/** Twice as long as all of them take one by one on a busy host. */
const budgetMs = 600_000;

interface LeakCheckOptions {
  /** Checks that would end the machine, want another one, or take long and leave nothing that others don’t. @default none */
  readonly leaveOut?: readonly string[];
  /** Of the machine that the checks share. @default the profile's */
  readonly vcpus?: number;
}

/** The programs of a check, where the shell's machine with so many vCPUs can carry it; else undefined. */
function programsOf({ guest }: CheckDraft, cpus: number): readonly string[] | undefined {
  if (guest === undefined) return [];
  const { init, vcpus = 1, ...more } = guest;
  if (init !== 'shell' || vcpus > cpus) return undefined;
  const { programs = [], ...others } = more as { programs?: readonly string[] };
  return Object.keys(others).length === 0 ? programs : undefined;
}

/**
 * The check that a phase leaves nothing behind: runs the bodies of those of its checks that the plain shell guest can carry, all on one
 * machine, once to warm it up, then again between two measurements.
 */
export function leakCheck(phase: string, checks: readonly CheckDraft[], { leaveOut = [], vcpus }: LeakCheckOptions = {}): CheckDraft {
  const programsHere = (each: CheckDraft): readonly string[] | undefined => programsOf(each, vcpus ?? 1);
  const carried = checks.filter((each) => programsHere(each) !== undefined && !leaveOut.includes(each.id));
  const programs = [...new Set(carried.flatMap((each) => programsHere(each) ?? []))];
  return check(
    `${phase}.leaks.over-the-phase`,
    'the phase’s checks, run again on one machine, leave no process, no open file and no memory behind',
    { guest: { init: 'shell', programs, ...(vcpus !== undefined && { vcpus }) }, budgetMs },
    async (context) => {
      const first = await runAll(carried, context);
      assert.ok(first.size < carried.length, 'at least one of the checks holds on the machine that they share');
      const before = await measureUsage(context);
      const second = await runAll(carried, context);
      const worse = [...second].filter(([id]) => !first.has(id)).map(([id, why]) => `${id}: ${why}`);
      assert.deepEqual(worse, [], 'checks that held in the first round hold in the second');
      const after = await assertNothingLeaked(before, context);
      context.metric('leak_checks_run', carried.length - second.size);
      for (const [name, value] of Object.entries(after)) context.metric(name, value);
    },
  );
}

/**
 * Runs the bodies one after the other, and gives why those failed that did, by id. That is their own checks' business, but for what ends the
 * machine, and for what is no fault of the kernel's.
 */
async function runAll(checks: readonly CheckDraft[], context: CheckContext): Promise<ReadonlyMap<string, string>> {
  const { machine, shell, signal } = context;
  const quiet: CheckContext = { ...context, metric: () => {} };
  const failures = new Map<string, string>();
  const attempt = async (id: string, body: () => Promise<void>): Promise<void> => {
    try {
      await body();
    } catch (error) {
      signal.throwIfAborted();
      const { outcome, message } = judgeError(error);
      if (outcome !== 'FAIL' || machine.ended || shell.broken) throw error;
      failures.set(id, failures.get(id) ?? message ?? '');
    }
  };
  for (const { id, run } of checks) {
    await attempt(id, () => run(quiet));
    // Where the check has put another shell in the first one's place, this is the command that finds it.
    await attempt(id, () => endJobs(context));
  }
  return failures;
}
