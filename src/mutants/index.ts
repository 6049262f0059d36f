import type { Mutant } from './mutant.ts';

// H1: put the catalogue here (replace this file freely). Lead's files beside it: mutant.ts, baselines.ts (uses kernelFault of seeds.ts), seeding.ts (line "MUTANT NOT SEEDED: why"), verdict.ts.
export const mutants: readonly Mutant[] = [];
