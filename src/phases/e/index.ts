import { definePhase } from '../define.ts';
import { leakCheck } from '../leaks.ts';
import { betweenCpusChecks } from './between-cpus.ts';
import { cpuChecks } from './cpus.ts';
import { figureChecks } from './figures.ts';

const checks = [...figureChecks, ...betweenCpusChecks, ...cpuChecks];

/** E, several CPUs and speed: what only goes wrong between CPUs, how time is shared, and figures in virtual time. */
export const e = definePhase({
  id: 'e',
  title: 'SMP and performance',
  requires: ['a1'],
  machine: { init: 'shell' },
  source: 'phases.md, E SMP and performance',
  // The longest first: others run beside it.
  checks: [
    leakCheck('e', checks, {
      vcpus: 4,
      leaveOut: ['e.cpus.count-2', 'e.cpus.off-and-on', 'e.cpus.all-busy', 'e.shootdown.pages', 'e.pingpong.wake-ups'],
    }),
    ...checks,
  ],
});
