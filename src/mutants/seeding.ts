import { readFile } from 'node:fs/promises';
import { BringupError } from '../model/errors.ts';
import type { GuestChange } from '../phases/guest-change.ts';
import { planParameter } from './seeds.ts';

/** What the seeder prints where it can't seed the fault, in one line; it powers the machine off then. */
const failureLine = /^MUTANT NOT SEEDED: (?<why>.*)$/m;
/** What it prints before it begins. */
const beginLine = /^MUTANT SEEDING: /m;

/**
 * The error of a guest whose fault was not seeded, read off its console's file; undefined where it was. What a check made of such a guest says
 * nothing about the check.
 */
export async function seedingFailure(change: GuestChange, consoleLogPath: string): Promise<BringupError | undefined> {
  if (!change.append?.some((parameter) => parameter.startsWith(planParameter))) return undefined;
  const text = await readFile(consoleLogPath, 'latin1');
  const late = beginLine.test(text) ? undefined : 'the guest did not come as far as its seeder';
  const why = failureLine.exec(text)?.groups?.why?.trim() ?? late;
  if (why === undefined) return undefined;
  return new BringupError('harness-fault', `the fault could not be seeded: ${why}`, {
    hint: 'the guest’s kernel may be another than the fault was written for; see its console.',
  });
}
