import { describe, expect, test } from 'vitest';
import { CrashDetector, type CrashEvent, type CrashReport } from './crash.ts';
import { linesOf } from './testing/replay.ts';

function reports(...texts: readonly string[]): CrashReport[] {
  const detector = new CrashDetector();
  const events: CrashEvent[] = [...linesOf(...texts).flatMap((line) => detector.line(line)), ...detector.end()];
  return events.filter((event) => event.type === 'crash');
}

/** One oops of AArch64 by the lines that it prints. */
const oops = (cpu: number, pid: number, name: string): string[] => [
  'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008',
  'Mem abort info:',
  `Internal error: Oops: 0000000096000004 [#${cpu + 1}] SMP`,
  `CPU: ${cpu} PID: ${pid} Comm: task${cpu} Not tainted 6.1.0 #1`,
  `pc : ${name}+0x10/0x20 [lkm]`,
  'Call trace:',
  ` ${name}+0x10/0x20 [lkm]`,
  ` ${name}_caller+0x10/0x20 [lkm]`,
  'Code: d503201f',
  '---[ end trace 0000000000000000 ]---',
];
const stamp = (line: string, at: number, caller = ''): string => `[    6.${String(at).padStart(6, '0')}]${caller} ${line}`;
/** Lines in turn from each list. */
const inTurn = (...lists: readonly (readonly string[])[]): string[] =>
  (lists[0] ?? []).flatMap((_, index) => lists.map((list) => list[index] as string));

describe('two CPUs that print in turn', () => {
  const [first, second] = [oops(0, 88, 'alpha'), oops(1, 99, 'beta')];

  test('are taken apart by who prints', () => {
    const lines = inTurn(
      first.map((line) => `[[T88]]${line}`),
      second.map((line) => `[[T99]]${line}`),
    ).map((line, at) => stamp(line.slice(7), at, `[   ${line.slice(2, 5)}]`));
    expect(reports(...lines)).toMatchObject([
      { function: 'alpha', frames: ['alpha', 'alpha_caller'], cpu: 0, pid: 88, task: 'task0', line: 1, consequences: [] },
      { function: 'beta', frames: ['beta', 'beta_caller'], cpu: 1, pid: 99, task: 'task1', line: 2, consequences: [] },
    ]);
    for (const report of reports(...lines)) {
      expect(report.corrupted).toBeUndefined();
      expect(report.text.split('\n')).toHaveLength(first.length + 1);
    }
  });

  test('the report that began first is given first, though it ends last', () => {
    const lines = [
      ...first.slice(0, 3).map((line, at) => stamp(line, at, '[   T88]')),
      ...second.map((line, at) => stamp(line, 10 + at, '[   T99]')),
      ...first.slice(3).map((line, at) => stamp(line, 30 + at, '[   T88]')),
    ];
    expect(reports(...lines).map(({ pid }) => pid)).toEqual([88, 99]);
  });

  test('are flagged, both, where the kernel does not say who prints', () => {
    const lines = inTurn(first, second).map((line, at) => stamp(line, at));
    const found = reports(...lines);
    expect(found.length).toBeGreaterThanOrEqual(2);
    for (const { corrupted } of found) expect(corrupted).toBeDefined();
  });

  test('are flagged for what they are: the first is cut, the second may have its lines', () => {
    const lines = [...first.slice(0, 2), ...second];
    expect(reports(...lines.map((line, at) => stamp(line, at))).map(({ corrupted }) => corrupted)).toEqual([
      'another report begins before this one tells the function',
      'it begins within another report, whose lines may be among its own',
    ]);
  });

  test('are flagged where only the back traces are mixed', () => {
    const late = [...first.slice(0, 7), ...second.slice(3), ...first.slice(7)];
    expect(reports(...late.map((line, at) => stamp(line, at)))).toMatchObject([
      { corrupted: 'lines of CPU 0, PID 88 and of CPU 1, PID 99 are mixed' },
    ]);
  });

  test.each([5, 6])('are flagged, and told what they tell, where the second one begins after line %i of the first', (count) => {
    const bug = 'kernel BUG at mm/slub.c:419!';
    const lines = [bug, ...first.slice(2, count), bug, ...first.slice(count)];
    expect(reports(...lines.map((line, at) => stamp(line, at)))).toMatchObject([
      {
        corrupted: 'another report begins within this one',
        function: 'alpha',
        frames: ['alpha', 'alpha_caller'],
        consequences: [{ title: 'kernel BUG at mm/slub.c' }],
      },
    ]);
  });

  test('a back trace of the second one within the first is not taken for the first one’s', () => {
    const lines = [...first.slice(0, 5), 'WARNING: CPU: 1 PID: 99 at a/b.c:12 beta+0x10/0x20', ...second.slice(3)];
    expect(reports(...lines.map((line, at) => stamp(line, at)))).toMatchObject([
      { corrupted: expect.any(String), function: 'alpha', frames: [] },
    ]);
  });

  test.each([
    ['WARN lines, after the first one’s modules', 2],
    ['WARN lines, after the first one’s task', 3],
    ['WARN lines, after the first one’s head', 4],
    ['WARN lines, before the first one’s frames', 5],
  ])('%s: both are flagged', (_, count) => {
    const warning = (cpu: number, pid: number): string[] => [
      `WARNING: CPU: ${cpu} PID: ${pid} at lib/refcount.c:28 refcount_warn_saturate+0xf4/0x144`,
      'Modules linked in:',
      `CPU: ${cpu} PID: ${pid} Comm: racer/${cpu} Not tainted 6.1.0 #1`,
      'pc : refcount_warn_saturate+0xf4/0x144',
      'Call trace:',
      ' refcount_warn_saturate+0xf4/0x144',
      ' put_too_often+0x94/0xa0 [crash]',
      '---[ end trace 0000000000000000 ]---',
    ];
    const lines = [...warning(1, 99).slice(0, count), 'refcount_t: underflow; use-after-free.', ...warning(0, 88)];
    expect(reports(...lines.map((line, at) => stamp(line, at)))).toMatchObject([
      { signature: 'linux-warning', corrupted: expect.any(String) },
      // The line right before its first one is its own, though no "cut here" says so.
      { title: 'WARNING: refcount bug in put_too_often', class: 'warning-refcount', corrupted: expect.any(String) },
    ]);
  });

  test('a stall’s report that another one’s interrupts before it tells where is flagged, with that one', () => {
    const lockup = (cpu: number): string => `watchdog: BUG: soft lockup - CPU#${cpu} stuck for 6s! [racer/${cpu}:11${cpu}]`;
    const rest = [
      'CPU: 0 PID: 110 Comm: racer/0 Not tainted 6.1.0 #1',
      'pc : alpha+0x18/0x30 [crash]',
      'Call trace:',
      ' alpha+0x18/0x30 [crash]',
    ];
    const of = (...lines: string[]) => reports(...lines.map((line, at) => stamp(line, at))).map(({ corrupted }) => corrupted !== undefined);
    expect(of(lockup(1), lockup(0), ...rest)).toEqual([true, true]);
    expect(of(lockup(0), ...rest, lockup(1))).toEqual([false, false]);
  });

  test('one after the other they are not flagged', () => {
    const found = reports(...[...first, ...second].map((line, at) => stamp(line, at)));
    expect(found.map(({ corrupted, function: name }) => [corrupted, name])).toEqual([
      [undefined, 'alpha'],
      [undefined, 'beta'],
    ]);
  });

  test('what another task logs meanwhile is no part of a report, the other CPUs of a stall are', () => {
    const lines = first.map((line, at) => stamp(line, 2 * at, '[   T88]'));
    const [report] = reports(
      ...inTurn(
        lines,
        first.map((_, at) => stamp('eth0: link up', 2 * at + 1, '[   T12]')),
      ),
    );
    expect(report?.text).not.toContain('eth0');
    const [stall] = reports(
      stamp('rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:', 1, '[    C0]'),
      stamp('Sending NMI from CPU 0 to CPUs 1:', 2, '[    C0]'),
      stamp('NMI backtrace for cpu 1', 3, '[    C1]'),
      stamp('pc : beta+0x10/0x20', 4, '[    C1]'),
    );
    expect(stall).toMatchObject({ title: 'INFO: rcu detected stall in beta', cpu: 0 });
  });
});

test('two messages on one line are flagged', () => {
  const lines = oops(0, 88, 'alpha').map((line, at) => stamp(line, at));
  lines[1] = `[    6.000001] Mem abo[    6.000002] eth0: link up`;
  expect(reports(...lines)).toMatchObject([{ corrupted: 'two kernel messages share a line' }]);
});

describe('a report that is cut', () => {
  const lines = oops(0, 88, 'alpha').map((line, at) => stamp(line, at));

  test.each([1, 2, 3, 4])('after %i lines is given, and flagged: no function is told', (count) => {
    expect(reports(...lines.slice(0, count))).toMatchObject([
      { title: 'Unable to handle kernel NULL pointer dereference', corrupted: 'the report ends before it tells the function', frames: [] },
    ]);
  });

  test.each([5, 7, 9])('after %i lines is given with what is there', (count) => {
    const [report] = reports(...lines.slice(0, count));
    expect(report).toMatchObject({ title: 'Unable to handle kernel NULL pointer dereference in alpha' });
    expect(report?.corrupted).toBeUndefined();
  });

  test('by printk itself is flagged only where the function is lost', () => {
    const dropped = '** 17 printk messages dropped **';
    const [lost] = reports(...lines.slice(0, 2), dropped, ...lines.slice(8));
    expect(lost?.corrupted).toBe('printk dropped messages before the report told the function');
    const [kept] = reports(...lines.slice(0, 6), dropped, ...lines.slice(6));
    expect(kept).toMatchObject({ function: 'alpha' });
    expect(kept?.corrupted).toBeUndefined();
  });
});

describe('what may stand before a message', () => {
  test.each(['', '<1>', 'login: ', 'half a line ', 'Nov 21 10:00:00 host kernel: '])('%j', (before) => {
    expect(reports(...oops(0, 88, 'alpha').map((line, at) => before + stamp(line, at)))).toMatchObject([{ function: 'alpha', pid: 88 }]);
  });

  test('nothing, without printk.time', () => {
    expect(reports('/ # insmod lkm.ko', ...oops(0, 88, 'alpha'))).toMatchObject([{ function: 'alpha', context: ['/ # insmod lkm.ko'] }]);
  });
});

describe('a boot that nobody asked for', () => {
  const boot = (us: number): string[] => [
    '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]',
    '[    0.000000] Linux version 6.1.0 (x@y) #1 SMP',
    `[    0.000${us}] sched_clock: 56 bits at 62MHz`,
    `[    0.001${us}] Console: colour dummy device 80x25`,
  ];

  test('is reported, with what stood before it', () => {
    expect(reports(...boot(101), '/ # something', ...boot(202))).toMatchObject([
      {
        signature: 'linux-reboot',
        class: 'unexpected-reboot',
        severity: 'warning',
        title: 'unexpected reboot',
        line: 6,
        context: expect.arrayContaining(['/ # something']),
      },
    ]);
  });

  test.each([
    ['the kernel’s log that is read out', [...boot(101), '/ # dmesg', ...boot(101), '/ # dmesg', ...boot(101)]],
    ['a reboot that was asked for', [...boot(101), '[   12.000000] reboot: Restarting system', ...boot(202)]],
    ['one boot', boot(101)],
  ])('is not %s', (_, lines) => expect(reports(...lines)).toEqual([]));

  test('is not what a panic brings about', () => {
    const panic = '[    9.000000] Kernel panic - not syncing: x';
    expect(reports(...boot(101), panic, ...boot(202)).map(({ class: kind }) => kind)).toEqual(['panic']);
  });
});

test('a storm of I/O errors is one report', () => {
  const storm = Array.from({ length: 50 }, (_, k) => stamp(`I/O error, dev vda, sector ${8 * k} op 0x1:(WRITE) flags 0x800`, k));
  expect(reports(...storm)).toMatchObject([{ title: 'I/O error on vda', consequences: [] }]);
});

test('what a task that dies of an oops does on its way out is a consequence', () => {
  const lines = [...oops(0, 88, 'alpha'), 'note: task0[88] exited with irqs disabled', 'BUG: scheduling while atomic: task0/88/0x00000002'];
  expect(reports(...lines.map((line, at) => stamp(line, at)))).toMatchObject([
    { function: 'alpha', consequences: [{ signature: 'linux-atomic-schedule' }] },
  ]);
});
