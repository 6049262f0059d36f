import assert from 'node:assert/strict';
import { type CheckContext, type CheckDraft, check } from '../define.ts';
import { assertNothingLeaked, endJobs, measureUsage } from './usage.ts';

/** They have no second round. */
const endTheMachine: ReadonlySet<string> = new Set(['a1.poweroff.psci', 'a1.reboot.psci']);

/** Twice as long as all of them take one by one on a busy host. */
const budgetMs = 600_000;

/** What a guest needs, where that is no more than the profile's shell and programs; else undefined. */
function programsOf({ guest }: CheckDraft): readonly string[] | undefined {
  if (guest === undefined) return [];
  const { init, ...more } = guest;
  if (init !== 'shell') return undefined;
  const { programs = [], ...others } = more as { programs?: readonly string[] };
  return Object.keys(others).length === 0 ? programs : undefined;
}

/**
 * The check that a phase leaves nothing behind: runs the bodies of those of its checks that the plain shell guest can carry, all on one
 * machine, once to warm it up, then again between two measurements.
 */
export function leakCheck(checks: readonly CheckDraft[]): CheckDraft {
  const carried = checks.filter((each) => programsOf(each) !== undefined && !endTheMachine.has(each.id));
  const programs = [...new Set(carried.flatMap((each) => programsOf(each) ?? []))];
  return check(
    'a1.leaks.over-the-phase',
    'the phase’s checks, run again on one machine, leave no process, no open file and no memory behind',
    { guest: { init: 'shell', programs }, budgetMs },
    async (context) => {
      const first = await runAll(carried, context);
      assert.ok(first.length > 0, 'at least one of the checks holds on the machine that they share');
      const before = await measureUsage(context);
      assert.deepEqual(await runAll(carried, context), first, 'checks that hold in the second round: those that held in the first');
      const after = await assertNothingLeaked(before, context);
      context.metric('leak_checks_run', first.length);
      for (const [name, value] of Object.entries(after)) context.metric(name, value);
    },
  );
}

/** Runs the bodies one after the other, and gives the ids of those that held. What fails is its own check's business, but for the machine's end. */
async function runAll(checks: readonly CheckDraft[], context: CheckContext): Promise<string[]> {
  const { machine, console, shell, profile, signal } = context;
  const quiet: CheckContext = { machine, console, shell, profile, signal, metric: () => {} };
  const holds = (body: Promise<void>): Promise<boolean> =>
    body.then(
      () => true,
      (error: unknown) => {
        signal.throwIfAborted();
        if (machine.ended || shell.broken) throw error;
        return false;
      },
    );
  const held: string[] = [];
  for (const each of checks) {
    if (await holds(each.run(quiet))) held.push(each.id);
    // Where the check has put another shell in the first one's place, this is the command that finds it.
    await holds(endJobs(context));
  }
  return held;
}
