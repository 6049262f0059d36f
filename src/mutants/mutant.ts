import type { GuestChange } from '../phases/guest-change.ts';

/** A seeded fault in the reference guest, and the check that must catch it. */
export interface Mutant {
  /** `<phase>-<what>`, e.g. `a0-getpid-two`. */
  readonly id: string;
  /** The phase that must catch it. */
  readonly phase: string;
  /** What the guest does wrong, in a sentence. */
  readonly fault: string;
  /** Id of the check that must catch it. */
  readonly caughtBy: string;
  readonly change: GuestChange;
}
