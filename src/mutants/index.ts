import { a0Mutants } from './catalogue-a0.ts';
import { a1Mutants } from './catalogue-a1.ts';
import { a2Mutants } from './catalogue-a2.ts';
import { bMutants } from './catalogue-b.ts';
import { cMutants } from './catalogue-c.ts';
import { dMutants } from './catalogue-d.ts';
import { eMutants } from './catalogue-e.ts';
import type { Mutant } from './mutant.ts';

/** Every mutant, in the order of the phases. */
export const mutants: readonly Mutant[] = [...a0Mutants, ...a1Mutants, ...a2Mutants, ...bMutants, ...cMutants, ...dMutants, ...eMutants];
