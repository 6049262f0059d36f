import { readFile } from 'node:fs/promises';
import { BringupError } from '../model/errors.ts';

/** What the guest's wrapper prints where it can't seed the fault, in one line; it powers the machine off then. */
const failureLine = /^MUTANT NOT SEEDED: (?<why>.*)$/m;

/**
 * The error of a guest whose fault was not seeded, read off its console's file; undefined where nothing says so. What a check made of
 * such a guest says nothing about the check.
 */
export async function seedingFailure(consoleLogPath: string): Promise<BringupError | undefined> {
  const text = await readFile(consoleLogPath, 'latin1').catch(() => '');
  const why = failureLine.exec(text)?.groups?.why?.trim();
  if (why === undefined) return undefined;
  return new BringupError('harness-fault', `the fault could not be seeded: ${why}`, {
    hint: 'the guest’s kernel may be another than the fault was written for; see its console.',
  });
}
