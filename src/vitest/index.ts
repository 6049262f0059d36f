export { expect } from 'vitest';
export { bindPhase } from './bind-phase.ts';
export { test } from './fixtures.ts';
