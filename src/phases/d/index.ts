import { definePhase } from '../define.ts';
import { leakCheck } from '../leaks.ts';
import { bootChecks } from './boots.ts';
import { commandChecks } from './commands.ts';
import { memoryChecks } from './memory.ts';
import { userChecks } from './users.ts';

const checks = [...bootChecks, ...commandChecks, ...userChecks, ...memoryChecks];

/** D, security and memory protection: users, set-id programs, what memory lets a program do, and chance where it is needed. */
export const d = definePhase({
  id: 'd',
  title: 'Security and memory protection',
  requires: ['a1'],
  machine: { init: 'shell' },
  source: 'phases.md, D security and memory protection',
  // The longest first: others run beside it.
  checks: [leakCheck('d', checks), ...checks],
});
