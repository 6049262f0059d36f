import type { GuestChange } from '../phases/guest-change.ts';
import { mutants } from './index.ts';
import { kernelFault } from './seeds.ts';

/** A guest without a fault, tried with every check that mutants are tried with. */
export interface Baseline {
  readonly id: string;
  readonly title: string;
  /** @default nothing is done to it */
  readonly change?: GuestChange;
}

export const baselines: readonly Baseline[] = [
  { id: 'unmutated', title: 'the guest as it is' },
  // Else it might be the way of seeding that checks catch.
  { id: 'control', title: 'the guest with wrapper and module, but no fault', change: kernelFault('none') },
];

/** What is done to the guest of a mutant or a baseline. */
export function changeOf(id: string): GuestChange | undefined {
  const guest: Pick<Baseline, 'id' | 'change'> | undefined = [...baselines, ...mutants].find((each) => each.id === id);
  if (guest === undefined) throw new Error(`no mutant ${id}`);
  return guest.change;
}
