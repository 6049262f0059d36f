import type { CrashSignature } from './crash-signature.ts';

const sanitizer = { severity: 'oops', trigger: 'BUG', endsWithRule: true } as const;
const access = /^(Read|Write)(?: of size \d{1,20})? at addr \S{1,20}(?: by task (?<task>.{1,32})\/(?<pid>\d{1,10}))?/;
const freeing = /^Free of addr \S{1,20} by task (?<task>.{1,32})\/(?<pid>\d{1,10})/;

const lockdepKinds = [
  'possible (?:circular locking dependency|recursive locking|irq lock inversion dependency) detected',
  '\\S{1,40} -> \\S{1,40} lock order detected',
  'inconsistent lock state',
  'suspicious RCU usage',
  'bad unlock balance detected',
  'bad contention detected',
  'held lock freed',
  'lock held when returning to user space',
  'Nested lock was not taken',
  'Invalid wait context',
].join('|');
const lockdep = {
  class: 'lockdep',
  severity: 'warning',
  title: 'lockdep: $1',
  culprit: 'lockdep: $1',
  details: [{ pattern: /, at: (?<function>[A-Za-z_][\w.]{0,120})\+0x/ }],
} as const;

/** Lockdep's first line as some kernels frame it: `[ BUG: held lock freed! ]`. */
function boxed(word: string): CrashSignature[] {
  const pattern = new RegExp(`^\\[ ${word}: (${lockdepKinds})[!.]{0,2} \\]`);
  return [{ ...lockdep, id: `linux-lockdep-${word.toLowerCase()}`, trigger: word, pattern }];
}

/**
 * What Linux's sanitizers and lock checkers find. Sources: mm/kasan/report.c, mm/kfence/report.c, mm/kmsan/report.c,
 * kernel/kcsan/report.c, lib/ubsan.c, kernel/locking/lockdep.c, mm/kmemleak.c, kernel/sched/core.c.
 */
export const checkerSignatures: readonly CrashSignature[] = [
  {
    ...sanitizer,
    id: 'linux-kasan-use-after-free',
    class: 'kasan-use-after-free',
    pattern: /^BUG: KASAN: (?:slab-)?(use-after-free)(?: in (?<function>\w[\w.]{0,120}))?/,
    title: 'KASAN: $1',
    culprit: 'KASAN: $1',
    details: [{ pattern: access, culprit: '$0 $1' }],
  },
  {
    ...sanitizer,
    id: 'linux-kasan-null',
    class: 'kasan-null-deref',
    pattern: /^BUG: KASAN: (null-ptr-deref)(?: in (?<function>\w[\w.]{0,120}))?/,
    title: 'KASAN: $1',
    culprit: 'KASAN: $1',
    details: [{ pattern: access, culprit: '$0 $1' }],
  },
  {
    ...sanitizer,
    id: 'linux-kasan-free',
    class: 'kasan-invalid-free',
    pattern: /^BUG: KASAN: (?:double-free or )?(double-free|invalid-free)(?: in (?<function>\w[\w.]{0,120}))?/,
    title: 'KASAN: $1',
    culprit: 'KASAN: $1',
    details: [{ pattern: freeing }],
  },
  {
    ...sanitizer,
    id: 'linux-kasan',
    class: 'kasan',
    pattern: /^BUG: KASAN: ([\w -]{1,60}?)(?: in (?<function>\w[\w.]{0,120})|\s{0,4}$)/,
    title: 'KASAN: $1',
    culprit: 'KASAN: $1',
    details: [
      { pattern: /^Read (?:of size|at addr) /, class: 'kasan-read' },
      { pattern: /^Write (?:of size|at addr) /, class: 'kasan-write' },
      { pattern: access, culprit: '$0 $1' },
    ],
  },
  {
    ...sanitizer,
    id: 'linux-kfence',
    class: 'kfence',
    pattern: /^BUG: KFENCE: ([\w -]{1,60}?) in (?<function>\w[\w.]{0,120})/,
    title: 'KFENCE: $1',
    culprit: 'KFENCE: $1',
  },
  {
    ...sanitizer,
    id: 'linux-kmsan',
    class: 'kmsan',
    pattern: /^BUG: KMSAN: ([\w -]{1,60}?) in (?<function>\w[\w.]{0,120})/,
    title: 'KMSAN: $1',
    culprit: 'KMSAN: $1',
  },
  {
    ...sanitizer,
    id: 'linux-data-race',
    class: 'data-race',
    severity: 'warning',
    pattern: /^BUG: KCSAN: ([\w: -]{1,60}?) in ((?<function>\w[\w.]{0,120})(?: \/ \w[\w.]{0,120})?)/,
    title: 'KCSAN: $1 in $2',
  },
  {
    id: 'linux-slub',
    class: 'slab-corruption',
    severity: 'oops',
    trigger: 'BUG',
    pattern:
      /^BUG [\w:.-]{1,80} \((?:Not tainted|Tainted)[^)]{0,80}\): ([A-Z][\w ]{0,80}?)(?: in \S| on \S| (?:0x)?[0-9a-f]{8,16}\b|[^\w ]|$)/,
    title: 'slab: $1',
    culprit: 'slab: $1',
  },
  {
    id: 'linux-ubsan',
    class: 'undefined-behaviour',
    severity: 'warning',
    trigger: 'UBSAN',
    pattern: /^UBSAN: ([\w -]{1,60}) in (\S{1,200}?):\d/,
    title: 'UBSAN: $1 in $2',
    culprit: 'UBSAN: $1',
    endsWithRule: true,
  },
  {
    ...lockdep,
    id: 'linux-lockdep',
    trigger: 'WARNING',
    pattern: new RegExp(`^WARNING: (${lockdepKinds})`),
  },
  {
    id: 'linux-lockdep-held',
    class: 'lockdep',
    severity: 'warning',
    trigger: 'WARNING',
    pattern: /^WARNING: (?<task>.{1,32})\/(?<pid>\d{1,10}) (still has locks held)!/,
    title: 'lockdep: $3',
  },
  ...boxed('INFO'),
  ...boxed('BUG'),
  {
    id: 'linux-lockdep-key',
    class: 'lockdep',
    severity: 'warning',
    trigger: 'INFO',
    pattern: /^INFO: (trying to register non-static key)/,
    title: 'lockdep: $1',
    culprit: 'lockdep: $1',
  },
  {
    id: 'linux-memory-leak',
    class: 'memory-leak',
    isReadOut: true,
    severity: 'warning',
    trigger: 'BUG',
    pattern: /^BUG: memory leak$/,
    title: 'memory leak',
    culprit: 'memory leak',
    details: [{ pattern: /^ {0,8}comm "(?<task>.{0,32})", pid (?<pid>\d{1,10}), jiffies / }],
  },
  {
    id: 'linux-unreferenced',
    class: 'memory-leak',
    isReadOut: true,
    severity: 'warning',
    trigger: '(size ',
    pattern: /^(?:kmemleak: )?unreferenced object (?:0x)?[0-9a-f]{8,16} \(size \d{1,12}\):/,
    title: 'memory leak',
    culprit: 'memory leak',
    details: [{ pattern: /^ {0,8}(?:kmemleak: {1,8})?comm "(?<task>.{0,32})", pid (?<pid>\d{1,10}), jiffies / }],
    secondLine: true,
  },
  {
    id: 'linux-kmemleak',
    class: 'memory-leak',
    severity: 'warning',
    trigger: '(see ',
    pattern: /^kmemleak: \d{1,9} new suspected memory leaks \(see /,
    title: 'kmemleak: suspected memory leaks',
    secondLine: true,
    hint: 'the guest’s /sys/kernel/debug/kmemleak tells where they were allocated.',
  },
  {
    id: 'linux-atomic-sleep',
    class: 'atomic-sleep',
    severity: 'warning',
    trigger: 'BUG',
    pattern: /^BUG: (sleeping function called from invalid context)/,
    title: 'BUG: $1',
    culprit: 'BUG: $1',
    details: [{ pattern: /^in_atomic\(\): .{0,120}, pid: (?<pid>\d{1,10}), name: (?<task>.{1,32}?)\s{0,4}$/ }],
  },
  {
    id: 'linux-atomic-schedule',
    class: 'atomic-sleep',
    severity: 'warning',
    trigger: 'BUG',
    pattern: /^BUG: (scheduling while atomic)(?:: (?<task>.{1,32})\/(?<pid>\d{1,10})\/0x[0-9a-f]{1,8})?/,
    title: 'BUG: $1',
    culprit: 'BUG: $1',
  },
];
