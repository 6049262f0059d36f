import { definePhase } from '../define.ts';
import { bootChecks } from './boots.ts';
import { memoryChecks } from './memory.ts';
import { userChecks } from './users.ts';

/** D, security and memory protection: users, set-id programs, what memory lets a program do, and chance where it is needed. */
export const d = definePhase({
  id: 'd',
  title: 'Security and memory protection',
  requires: ['a1'],
  machine: { init: 'shell' },
  source: 'phases.md, D security and memory protection',
  checks: [...bootChecks, ...userChecks, ...memoryChecks],
});
