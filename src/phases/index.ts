import { a0 } from './a0/index.ts';
import { a1 } from './a1/index.ts';
import type { Phase } from './define.ts';

export * from './define.ts';
export { a0, a1 };

/** Every phase, in the order of bring-up. */
export const phases: readonly Phase[] = [a0, a1];
