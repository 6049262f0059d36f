import type { CorpusCase } from './case.ts';

type Options = Partial<Omit<CorpusCase, 'name' | 'type'>> & {
  /** Lines typed before. */
  readonly first?: readonly string[];
  /** Added to the name where the same crash is recorded in several ways. */
  readonly as?: string;
};

/** `ask('null-read irq')`: that crash in that context. */
function ask(request: string, { first = [], as, ...options }: Options = {}): CorpusCase {
  const name = [request.replaceAll(' ', '-in-'), as].filter(Boolean).join('-');
  return { name, type: [...first, `echo ${request} > /proc/crash`], ...options };
}

/** `run('oom', ['tail /dev/zero'])`: lines typed at the shell. */
function run(name: string, type: readonly string[], options: Options = {}): CorpusCase {
  return { name, type, ...options };
}

const set = (path: string, value: string) => `echo ${value} > /proc/sys/kernel/${path}`;
const oopsPanics = { first: [set('panic_on_oops', '1')], as: 'panic-on-oops' };
const warnPanics = { first: [set('panic_on_warn', '1')], as: 'panic-on-warn' };
const quiet = { first: [set('printk', '4')], as: 'loglevel-4' };
const silent = { first: [set('printk', '1')], as: 'loglevel-1' };
const debug = { first: [set('printk', '8')], as: 'loglevel-8' };
const allBacktraces = { first: [set('panic_print', '1')], as: 'panic-print' };
const lockup = { seconds: 60, silence: 4 };
const softLockup = { ...lockup, first: [set('watchdog_thresh', '2')], until: /soft lockup[\s\S]*Call trace[\s\S]*\+0x/ };
const rcuStall = { ...lockup, first: ['echo 3 > /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout'], until: /rcu: INFO[\s\S]*\+0x/ };
const hungTask = { ...lockup, first: [set('hung_task_timeout_secs', '3')], until: /blocked for more than[\s\S]*\+0x/, silence: 2 };

const everyAccess = (
  'null-read null-write null-field null-next null-call null-strlen null-memcpy poison-strcmp poison-read vmalloc-freed vmalloc-past user-read ' +
  'user-unmapped user-exec rodata-write code-write data-exec heap-exec wild-jump device-hole undefined breakpoint register unaligned noncanonical ' +
  'stack-overflow stack-lost'
).split(' ');
const everyCheck = (
  'bug bug-on warn-on warn warn-once warn-on-once warn-taint panic panic-named says-bug refcount-freed refcount-saturated refcount-underflow ' +
  'refcount-leak refcount-add stack-smash stack-end fortify-memcpy fortify-strcat usercopy-read usercopy-write usercopy-code usercopy-stack ' +
  'usercopy-vmalloc'
).split(' ');
const everySlab = ('double-free free-stack free-static free-user vfree-twice ' + 'vfree-middle order-too-large vmalloc-huge').split(' ');
const everyList = 'list-del-twice list-add-twice list-add-cleared list-del-overwritten list-add-overwritten hash-walk tree-erase'.split(
  ' ',
);
const everyMisuse = (
  'kobject-put proc-remove proc-twice timer-twice work-bare wake-bare ' +
  'complete-freed device-release kthread-stop queue-destroyed device-twice'
).split(' ');

/** One vCPU, Debian's kernel. */
export const plainCases: readonly CorpusCase[] = [
  ...[...everyAccess, ...everyCheck, ...everySlab, ...everyList, ...everyMisuse].map((request) => ask(request)),
  ask('list-walk', softLockup),
  ask('spin', softLockup),
  ask('spin thread', { ...softLockup, as: 'softlockup' }),
  ask('spin-a-while', softLockup),
  ask('spin timer', softLockup),
  ask('spin irq', { ...rcuStall, as: 'rcu' }),
  ask('rcu-stall', rcuStall),
  ask('spin-no-preempt worker', rcuStall),
  ask('spin thread', { ...rcuStall, as: 'rcu' }),
  ask('spin', {
    ...softLockup,
    first: [...softLockup.first, set('softlockup_panic', '1')],
    until: /end Kernel panic/,
    as: 'softlockup-panic',
  }),
  ask('rcu-stall', {
    ...rcuStall,
    first: [...rcuStall.first, set('panic_on_rcu_stall', '1')],
    until: /end Kernel panic/,
    as: 'panic-on-stall',
  }),
  ask('wait thread', hungTask),
  ask('wait', hungTask),
  ask('mutex-twice', hungTask),
  ask('sleep-forever thread', hungTask),
  ask('wait thread', {
    ...hungTask,
    first: [...hungTask.first, set('hung_task_panic', '1')],
    until: /end Kernel panic/,
    as: 'hung-task-panic',
  }),
  ask('mutex-twice worker', hungTask),
  ...['irq', 'hrtimer', 'timer', 'tasklet', 'worker', 'rcu', 'thread'].flatMap((context) => [
    ask(`null-field ${context}`),
    ask(`warn ${context}`),
    ask(`bug ${context}`),
  ]),
  ...['locked', 'irqs-off', 'bh-off', 'rcu-read'].flatMap((context) => [ask(`null-write ${context}`), ask(`warn-on ${context}`)]),
  ask('panic irq'),
  ask('panic timer'),
  ask('panic thread'),
  ask('refcount-underflow timer'),
  ask('list-del-twice worker'),
  ask('list-add-twice tasklet'),
  ask('undefined hrtimer'),
  ask('stack-overflow thread'),
  ask('stack-overflow timer'),
  ask('wild-jump worker'),
  ask('null-call timer'),
  ask('poison-read rcu'),
  ask('vmalloc-freed tasklet'),
  ask('sleep-atomic timer'),
  ask('sleep-atomic irq'),
  ask('double-free thread'),
  ask('usercopy-read thread'),
  ask('fortify-memcpy worker'),
  ask('stack-smash thread'),
  ask('bug twice'),
  ask('warn twice'),
  ask('refcount-freed twice'),
  ask(' thread'),
  ask('null-read', oopsPanics),
  ask('bug-on', oopsPanics),
  ask('vmalloc-past worker', oopsPanics),
  ask('list-del-overwritten', oopsPanics),
  ask('undefined thread', oopsPanics),
  ask('warn', warnPanics),
  ask('warn-on timer', warnPanics),
  ask('refcount-add', warnPanics),
  ask('proc-remove', warnPanics),
  ask('warn-once worker', warnPanics),
  ask('', warnPanics),
  ask('null-read', quiet),
  ask('bug', quiet),
  ask('null-field timer', quiet),
  ask('null-read', silent),
  ask('bug', silent),
  ask('panic', silent),
  ask('null-next', debug),
  ask('warn-on', debug),
  ask('panic', allBacktraces),
  ask('null-read', { first: [set('panic_on_oops', '1'), 'echo null-field panic > /proc/crash'], as: 'then-notifier' }),
  ask('bug', { first: ['echo 1 > /proc/sys/kernel/ftrace_dump_on_oops'], as: 'ftrace-dump' }),
  ask('bug', { first: ['echo warn > /proc/crash', 'echo list-del-twice > /proc/crash'], as: 'after-two' }),
  run('null-read-in-read', ['echo null-read later > /proc/crash', 'cat /proc/crash']),
  run('warn-in-read', ['echo warn later > /proc/crash', 'cat /proc/crash']),
  run('null-field-in-rmmod', ['echo null-field later > /proc/crash', 'rmmod crash']),
  run('bug-in-rmmod', ['echo bug later > /proc/crash', 'rmmod crash']),
  run('null-write-in-reboot', ['echo null-write reboot > /proc/crash', 'reboot -f'], { seconds: 20 }),
  run('warn-in-reboot', ['echo warn reboot > /proc/crash', 'poweroff -f'], { seconds: 20 }),
  run('bug-in-background', ['(echo bug > /proc/crash) &']),
  run('null-read-by-dd', ['printf null-read | dd of=/proc/crash']),
  run('null-next-in-insmod', ['rmmod crash', 'insmod /crash.ko now=null-next']),
  run('refcount-leak-in-insmod', ['rmmod crash', 'insmod /crash.ko now=refcount-leak']),
  run('panic-in-insmod', ['rmmod crash', 'insmod /crash.ko now=panic']),
  run('sysrq-crash', ['echo c > /proc/sysrq-trigger']),
  run('oom-two', ['dd if=/dev/zero of=/dev/null bs=150M count=1 & dd if=/dev/zero of=/dev/null bs=180M & wait'], {
    seconds: 90,
    until: /Killed process/,
  }),
  run('oom-tmpfs', ['mount -o remount,size=100% /tmp', 'dd if=/dev/zero of=/tmp/x bs=1M'], {
    seconds: 90,
    until: /Killed process|end Kernel panic/,
  }),
  run('oom-panic', ['echo 1 > /proc/sys/vm/panic_on_oom', 'mount -o remount,size=100% /tmp', 'dd if=/dev/zero of=/tmp/x bs=1M'], {
    seconds: 90,
    until: /end Kernel panic/,
  }),
  run(
    'oom-allocating-task',
    ['echo 1 > /proc/sys/vm/oom_kill_allocating_task', 'mount -o remount,size=100% /tmp', 'dd if=/dev/zero of=/tmp/x bs=1M'],
    { seconds: 90, until: /Killed process/ },
  ),
  run(
    'oom-no-dump',
    ['echo 0 > /proc/sys/vm/oom_dump_tasks', 'dd if=/dev/zero of=/dev/null bs=150M & dd if=/dev/zero of=/dev/null bs=170M; wait'],
    { seconds: 90, until: /Killed process/ },
  ),
  run(
    'oom-memcg',
    [
      'mkdir -p /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; echo +memory > /sys/fs/cgroup/cgroup.subtree_control',
      'mkdir /sys/fs/cgroup/small; echo 20M > /sys/fs/cgroup/small/memory.max; echo 0 > /sys/fs/cgroup/small/memory.swap.max',
      '(echo 0 > /sys/fs/cgroup/small/cgroup.procs; exec tail /dev/zero)',
    ],
    { seconds: 60, until: /Killed process/ },
  ),
  run('oom-sysrq', ['sleep 1000 &', 'echo f > /proc/sysrq-trigger']),
  ask('all-memory', { seconds: 120, until: /end Kernel panic|Killed process/ }),
];

/** Four vCPUs, Debian's kernel. */
export const smpCases: readonly CorpusCase[] = [
  ...['null-read', 'bug', 'warn', 'panic', 'list-del-twice', 'undefined', 'stack-overflow'].map((what) => ask(`${what} ipi`)),
  ...['warn', 'warn-on', 'bug', 'null-field', 'panic', 'refcount-underflow'].flatMap((what) => [ask(`${what} all`), ask(`${what} race`)]),
  ask('null-write race', oopsPanics),
  ask('warn race', warnPanics),
  ask('vmalloc-freed race'),
  ask('list-add-twice race'),
  ask('double-free race'),
  ask('says-bug race'),
  ask('null-read', { as: 'smp' }),
  ask('panic', { as: 'smp' }),
  ask('warn timer', { as: 'smp' }),
  ask('bug', { ...oopsPanics, as: 'smp-panic-on-oops' }),
  ask('null-call hrtimer', { as: 'smp' }),
  ask('spin ipi', { ...rcuStall, as: 'rcu' }),
  ask('spin race', { ...softLockup, as: 'softlockup' }),
  ask('spin-no-irqs thread', rcuStall),
  ask('rcu-stall thread', { ...rcuStall, as: 'smp' }),
  ask('wait race', hungTask),
  ask('wait thread', { ...hungTask, first: [...hungTask.first, set('hung_task_all_cpu_backtrace', '1')], as: 'all-cpus' }),
  ask('spin thread', { ...softLockup, first: [...softLockup.first, set('softlockup_all_cpu_backtrace', '1')], as: 'all-cpus' }),
  run('null-read-by-two-shells', ['(echo null-read > /proc/crash) & (echo null-field > /proc/crash) & wait']),
  run('warn-then-dmesg', ['echo warn > /proc/crash', 'dmesg | tail -n 60']),
  run('bug-then-dmesg', ['(echo bug > /proc/crash) & wait', 'dmesg | tail -n 80']),
  run('warn-then-grep', ['echo warn-on > /proc/crash', 'dmesg | grep -B 2 -A 8 WARNING']),
  run('warn-by-two-shells', ['(echo warn > /proc/crash) & (echo warn-on > /proc/crash) & wait']),
  run('bug-and-warn', [
    '(echo bug > /proc/crash) & (echo "warn thread" > /proc/crash) & (echo "list-del-twice worker" > /proc/crash) & wait',
  ]),
  run('oom-smp', ['for i in 1 2 3; do dd if=/dev/zero of=/dev/null bs=120M & done; wait'], { seconds: 120, until: /Killed process/ }),
  run('sysrq-crash-smp', ['taskset -c 2 sh -c "echo c > /proc/sysrq-trigger"']),
  run('bug-among-output', ['yes "running test case 17 of suite memory" & sleep 0.2; echo bug > /proc/crash; sleep 0.1; kill %1'], {
    seconds: 10,
  }),
  run('warn-among-output', ['(while :; do echo "pass 1 of 3"; done) & sleep 0.1; echo warn > /proc/crash; kill %1'], { seconds: 10 }),
];

/** One vCPU, slub_debug=FZPU. */
export const slubCases: readonly CorpusCase[] = [
  ...['double-free', '', 'write-freed', 'write-beyond', 'write-before', '', '', 'usercopy-read'].map((what) =>
    ask(what, { as: 'slub-debug' }),
  ),
  ask('double-free timer', { as: 'slub-debug' }),
];

/** One vCPU, printk.time=0. */
export const noTimeCases: readonly CorpusCase[] = [
  ...'null-read warn bug panic stack-smash list-add-twice list-del-twice stack-overflow'
    .split(' ')
    .map((request) => ask(request, { as: 'no-time' })),
  ask('null-call irq', { as: 'no-time' }),
  ask('null-field timer', { as: 'no-time' }),
  ask('warn', { ...warnPanics, as: 'no-time-panic-on-warn' }),
  ask('rcu-stall', { ...rcuStall, as: 'no-time' }),
  ask('wait thread', { ...hungTask, as: 'no-time' }),
  ask('spin thread', { ...softLockup, as: 'no-time' }),
  run('sysrq-crash-no-time', ['echo c > /proc/sysrq-trigger']),
];

/** -cpu max: pointer authentication, PAN, MTE's absence. */
export const maxCases: readonly CorpusCase[] = [
  'null-read',
  'user-read',
  'user-exec',
  'warn',
  'bug',
  'null-call',
  'unaligned',
  'panic',
  'stack-smash',
  'data-exec',
].map((what) => ask(what, { as: 'cpu-max' }));

/** x86-64. */
export const x86Cases: readonly CorpusCase[] = [
  ...[
    ...everyAccess.filter((what) => !/^(?:device-hole|stack-lost|unaligned)$/.test(what)),
    'divide',
    'stack-lost',
    'unaligned',
    ...everyCheck,
    ...everySlab.slice(0, 12),
    ...everyList,
    ...everyMisuse,
    'sleep-atomic',
  ].map((request) => ask(request, { as: 'x86' })),
  ...['irq', 'timer', 'worker', 'thread', 'hrtimer', 'rcu'].flatMap((context) => [
    ask(`null-field ${context}`, { as: 'x86' }),
    ask(`noncanonical ${context}`, { as: 'x86' }),
  ]),
  ask('warn timer', { as: 'x86' }),
  ask('null-read', { ...oopsPanics, as: 'x86-panic-on-oops' }),
  ask('warn', { ...warnPanics, as: 'x86-panic-on-warn' }),
  ask('noncanonical', { ...quiet, as: 'x86-loglevel-4' }),
  ask('spin thread', { ...softLockup, as: 'x86' }),
  ask('rcu-stall', { ...rcuStall, as: 'x86' }),
  ask('wait thread', { ...hungTask, as: 'x86' }),
  ask('spin-no-irqs thread', { ...lockup, first: [set('watchdog_thresh', '2')], until: /hard LOCKUP|soft lockup|rcu: INFO/, as: 'x86' }),
  run('sysrq-crash-x86', ['echo c > /proc/sysrq-trigger']),
  run('oom-x86', ['mount -o remount,size=100% /tmp', 'dd if=/dev/zero of=/tmp/x bs=1M'], { seconds: 90, until: /Killed process/ }),
];
