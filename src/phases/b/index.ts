import { definePhase } from '../define.ts';
import { cacheChecks } from './cache.ts';
import { contentChecks } from './contents.ts';
import { damageChecks } from './damage.ts';
import { diskChecks } from './disks.ts';
import { durabilityChecks } from './durability.ts';
import { leakChecks } from './leaks.ts';
import { mountingChecks } from './mounting.ts';
import { persistenceChecks } from './persistence.ts';

/** B, persistent storage: disks, partitions, ext2, and that what was written is there again. */
export const b = definePhase({
  id: 'b',
  title: 'Persistent storage',
  requires: ['a1'],
  machine: { init: 'shell' },
  source: 'phases.md, B persistent storage',
  budgetMs: 600_000,
  // The longest first: others run beside them.
  checks: [
    ...damageChecks,
    ...persistenceChecks,
    ...contentChecks,
    ...mountingChecks,
    ...durabilityChecks,
    ...diskChecks,
    ...cacheChecks,
    ...leakChecks,
  ],
});
