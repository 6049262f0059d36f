import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import { a0 } from './a0/index.ts';
import { a1 } from './a1/index.ts';
import { a2 } from './a2/index.ts';
import { b } from './b/index.ts';
import { c } from './c/index.ts';
import { d } from './d/index.ts';
import type { Check, Phase } from './define.ts';
import { e } from './e/index.ts';
import { hasUserland, requireShell } from './guest.ts';

export * from './define.ts';
export { a0, a1, a2, b, c, d, e };

/** Every phase, in the order of bring-up. */
export const phases: readonly Phase[] = [a0, a1, a2, b, c, d, e];

/**
 * Refuses a profile that can't carry the checks.
 * @throws BringupError `usage`, `profile-invalid`
 */
export function checkProfile(profile: KernelProfile, checks: readonly Check[]): void {
  if (checks.some(({ guest }) => hasUserland(guest))) requireShell(profile);
  checkDeviations(profile);
}

/**
 * Refuses deviations for checks that no phase has: a misspelt id would hide nothing, but say so nowhere. Those of phases to come pass.
 * @throws BringupError `profile-invalid`
 */
function checkDeviations({ id, deviations }: KernelProfile): void {
  const known = new Set(phases.flatMap(({ checks }) => checks.map((check) => check.id)));
  const unknown = Object.keys(deviations).filter((check) => !known.has(check) && phases.some((phase) => check.startsWith(`${phase.id}.`)));
  if (unknown.length === 0) return;
  throw new BringupError('profile-invalid', `profile ${id}: deviations name no check: ${unknown.join(', ')}`, {
    hint: 'docs/phases.md lists every check with its id.',
  });
}
