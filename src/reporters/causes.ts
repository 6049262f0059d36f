import type { Cause, Outcome } from '../model/outcome.ts';
import type { CheckModel } from './check-model.ts';
import { needsAttention } from './verdict.ts';

/** What each cause says, for a reader who meets it for the first time (docs/verdicts.md tells how it is decided). */
export const meaningOfCause: Readonly<Record<Cause, string>> = {
  assertion: 'What came is not what the check expects.',
  'guest-crash': 'The kernel crashed, or complained: there is a report of its own on the console.',
  'guest-hang': 'The guest hung: it did nothing, or the same thing for ever, until time ran out.',
  'guest-slow': 'The kernel was alive, but not done when time ran out.',
  'unexpected-reboot': 'The kernel reset its machine, which the check does not expect.',
  'guest-exit': 'The kernel powered its machine off, which the check does not expect.',
  'qemu-exit': 'QEMU, which emulates the machine, died; the kernel had not asked for it.',
  'host-overload': 'This host was too busy: the kernel got too little time to be judged.',
  'harness-fault': 'bringup or QEMU did not work as they should.',
  'broken-test': 'The check, the profile or the command line is wrong.',
};

/** Whom each outcome blames. */
export const meaningOfOutcome: Readonly<Record<Outcome, string>> = {
  FAIL: 'The kernel is at fault, or what it was given: its command line, memory, userland, profile.',
  ERROR: 'The test is broken: no verdict on the kernel.',
  MISS: 'Harness or host are at fault: no verdict on the kernel.',
  PASS: 'The kernel did what the check expects.',
  DONE: 'A measurement: there is nothing to pass.',
  SKIP: 'Not applicable, or a deviation that the profile declares.',
};

/** Why a check did not pass, in a sentence or two; null where it needs no attention. A FAIL's cause says enough. */
export function explanationOf({ outcome, cause }: Pick<CheckModel, 'outcome' | 'cause'>): string | null {
  if (!needsAttention({ outcome })) return null;
  if (cause === null) return meaningOfOutcome[outcome];
  return outcome === 'FAIL' ? meaningOfCause[cause] : `${meaningOfCause[cause]} No verdict on the kernel.`;
}
