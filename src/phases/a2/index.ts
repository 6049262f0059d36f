import { definePhase } from '../define.ts';
import { leakCheck } from '../leaks.ts';
import { fullScreenChecks } from './full-screen.ts';
import { jobChecks } from './jobs.ts';
import { pairChecks } from './pairs.ts';
import { procChecks } from './proc.ts';
import { sessionChecks } from './sessions.ts';

const checks = [...pairChecks, ...sessionChecks, ...jobChecks, ...fullScreenChecks, ...procChecks];

/** A2, terminals: pseudo-terminals, sessions and job control, full-screen programs, and what /proc says. */
export const a2 = definePhase({
  id: 'a2',
  title: 'Terminals and /proc',
  requires: ['a1'],
  machine: { init: 'shell' },
  source: 'phases.md, A2 TTY, PTY, /proc',
  // The longest first: others run beside it.
  checks: [leakCheck('a2', checks), ...checks],
});
