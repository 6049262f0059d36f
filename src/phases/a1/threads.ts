import { programCheck } from '../program-check.ts';

/** Threads. */
export const threadChecks = [
  programCheck({
    id: 'a1.threads.clone',
    title: 'threads by clone share memory, descriptors and process, each with its own id and TLS pointer, and end with their process',
    probe: 'a1-threads',
    results: [
      'made',
      'joined',
      'same-process',
      'own-id',
      'id-told',
      'memory',
      'turns',
      'descriptors',
      'own-pointer',
      'exit-group',
      'fault',
      'first-exits',
      'many',
    ],
  }),
  programCheck({
    id: 'a1.futex.waits',
    title: 'futex waits, wakes as many as told, gives up in time, works across processes, and makes a lock',
    probe: 'a1-futex',
    results: [
      'wake-one',
      'one-woken',
      'wake-others',
      'all-woken',
      'answers',
      'none-waits',
      'lockers',
      'excludes',
      'across-processes',
      'child',
      'changed',
      'time-out',
      'time-out-elapsed',
      'interrupted',
      'unaligned',
      'bad-pointer',
    ],
  }),
];
