import { describe, expect, test } from 'vitest';
import { CrashDetector, type CrashEvent, type CrashReport } from './crash.ts';
import { maxReportLength, maxReportLines } from './crash-collector.ts';
import { linesOf } from './testing/replay.ts';

function detect(...texts: readonly string[]): CrashEvent[] {
  const detector = new CrashDetector();
  return [...linesOf(...texts).flatMap((line) => detector.line(line)), ...detector.end()];
}

function reports(...texts: readonly string[]): CrashReport[] {
  return detect(...texts).filter((event) => event.type === 'crash');
}

const warning = [
  '[    5.000000] ------------[ cut here ]------------',
  '[    5.000000] WARNING: CPU: 0 PID: 88 at kernel/foo.c:12 do_thing+0x1c/0x40',
  '[    5.000000] Modules linked in:',
  '[    5.000000] pc : do_thing+0x1c/0x40',
  '[    5.000001] ---[ end trace 0000000000000000 ]---',
];
const oops = [
  '[    6.000000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008',
  '[    6.000001] Mem abort info:',
  '[    6.000002] Internal error: Oops: 0000000096000004 [#1] SMP',
  '[    6.000003] pc : lkm_init+0x10/0x20 [lkm]',
  '[    6.000004] ---[ end trace 0000000000000000 ]---',
];
const panic = '[    6.000005] Kernel panic - not syncing: Oops: Fatal exception';

test('says at the first line that a crash has begun', () => {
  const detector = new CrashDetector();
  const [, first] = linesOf('x', panic);
  expect(detector.line(first as never)).toEqual([
    {
      type: 'crash.started',
      signature: 'linux-panic-after-fault',
      class: 'panic',
      severity: 'fatal',
      title: 'panic: Oops: Fatal exception',
      line: 2,
      byteOffset: 2,
    },
  ]);
});

test('a report holds its lines from the cut to the end mark, and the function that faulted', () => {
  expect(reports('boot', ...warning, '[    5.000002] usb: found')).toEqual([
    {
      type: 'crash',
      signature: 'linux-warning',
      class: 'warning',
      severity: 'warning',
      title: 'WARNING in do_thing',
      line: 3,
      byteOffset: 57,
      text: `${warning.join('\n')}\n`,
      truncated: false,
      function: 'do_thing',
      frames: [],
      cpu: 0,
      pid: 88,
      context: ['boot'],
      consequences: [],
    },
  ]);
});

test('the first crash is the cause, the panic it leads to a consequence that makes it worse', () => {
  const events = detect(
    ...oops,
    '[    6.000004] note: insmod[88] exited with irqs disabled',
    panic,
    '[    6.000006] SMP: stopping secondary CPUs',
  );
  expect(events.map((event) => [event.type, event.severity, event.title])).toEqual([
    ['crash.started', 'oops', 'Unable to handle kernel NULL pointer dereference'],
    ['crash.started', 'fatal', 'panic: Oops: Fatal exception'],
    ['crash', 'fatal', 'Unable to handle kernel NULL pointer dereference in lkm_init'],
  ]);
  const [report] = reports(...oops, '[    6.000004] note: insmod[88] exited', panic);
  expect(report).toMatchObject({
    function: 'lkm_init',
    consequences: [{ signature: 'linux-panic-after-fault', title: 'panic: Oops: Fatal exception', line: 7 }],
    text: `${[...oops, '[    6.000004] note: insmod[88] exited', panic].join('\n')}\n`,
  });
});

test('panic_on_warn is a consequence of the warning, another panic is not', () => {
  const [head = '', start = ''] = warning;
  expect(reports(head, start, '[    5.000000] Kernel panic - not syncing: kernel: panic_on_warn set ...')).toMatchObject([
    { title: 'WARNING in do_thing', severity: 'fatal', consequences: [{ signature: 'linux-panic-after-fault' }] },
  ]);
  expect(reports(...warning, '[    5.100000] Kernel panic - not syncing: VFS: Unable to mount root fs on x')).toMatchObject([
    { title: 'WARNING in do_thing', severity: 'warning' },
    { title: 'panic: VFS: Unable to mount root fs', severity: 'fatal' },
  ]);
});

test('each oops with an end mark is a report of its own', () => {
  expect(reports(...oops, ...oops.map((line) => line.replace('6.0', '6.1'))).map(({ line }) => line)).toEqual([1, 6]);
});

test('a panic’s own end mark is no consequence', () => {
  const mark = '[    6.000006] ---[ end Kernel panic - not syncing: Oops: Fatal exception ]---';
  expect(reports(panic, mark, '[    6.100000] later')).toMatchObject([{ line: 1, consequences: [], text: `${panic}\n${mark}\n` }]);
});

test('an OOM kill has its victim in the title', () => {
  const lines = [
    '[    9.000000] sh invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0',
    '[    9.000001] Mem-Info:',
    '[    9.000002] Out of memory: Killed process 91 (dd) total-vm:2384kB, anon-rss:1008kB',
  ];
  expect(reports(...lines)).toMatchObject([
    { title: 'OOM kill: dd', severity: 'warning', consequences: [], text: `${lines.join('\n')}\n` },
  ]);
});

describe('a report without an end mark is over', () => {
  const stall = '[   25.000000] rcu: INFO: rcu_preempt self-detected stall on CPU';

  test('when the guest’s clock went on without it', () => {
    expect(reports(stall, '[   25.000001] Call trace:', '[   27.000000] eth0: link up')).toMatchObject([
      { text: `${stall}\n[   25.000001] Call trace:\n` },
    ]);
  });

  test('when the guest was booted again', () => {
    expect(reports(panic, '[    0.000000] Booting Linux on physical CPU 0x0')).toMatchObject([{ text: `${panic}\n` }]);
  });

  test('when only other programs have written for long', () => {
    const detector = new CrashDetector();
    const lines = linesOf(stall, ...Array.from({ length: 300 }, () => 'y'));
    expect(lines.flatMap((line) => detector.line(line)).map(({ type }) => type)).toEqual(['crash.started', 'crash']);
  });

  test('when another crash begins that does not follow from it', () => {
    expect(reports(stall, warning[1] ?? '').map(({ title }) => title)).toEqual(['INFO: rcu self-detected stall', 'WARNING in do_thing']);
  });
});

test('other programs’ lines between those of the report are left out', () => {
  const [first = '', ...rest] = oops;
  expect(reports(`/ # ${first}`, 'y', ...rest)).toMatchObject([{ text: `${oops.join('\n')}\n` }]);
});

test('what exceeds the bounds is left out, and the report says so', () => {
  const many = Array.from({ length: 300 }, (_, k) => `[    6.000006] x${k}`);
  expect(reports(panic, ...many)[0]).toMatchObject({ truncated: true });
  expect(reports(panic, ...many)[0]?.text.split('\n').length).toBe(maxReportLines + 1);
  const [long] = reports(panic, `[    6.000006] ${'🐧'.repeat(maxReportLength)}`);
  expect(long?.truncated).toBe(true);
  expect(long?.text.length).toBeLessThanOrEqual(maxReportLength);
  expect(long?.text.isWellFormed()).toBe(true);
});

test('a report that is read out of the kernel’s log is not another crash', () => {
  const dmesg = ['/ # dmesg', '[    0.000000] Booting Linux on physical CPU 0x0', ...warning];
  expect(reports(...warning, ...dmesg).map(({ line }) => line)).toEqual([2]);
  expect(reports(...warning, ...warning.map((line) => line.replace('5.0', '7.0'))).map(({ line }) => line)).toEqual([2, 7]);
});

test('end() gives the open report once, and the detector goes on', () => {
  const detector = new CrashDetector();
  const lines = linesOf(panic, ...oops);
  detector.line(lines[0] as never);
  expect(detector.end()).toMatchObject([{ type: 'crash', line: 1 }]);
  expect(detector.end()).toEqual([]);
  expect(lines.slice(1).flatMap((line) => detector.line(line))).toMatchObject([{ type: 'crash.started', line: 2 }]);
});

test('a SIS panic takes its message as title, and ends with the closing rule', () => {
  const banner = `!!!${' '.repeat(24)}KERNEL PANIC${' '.repeat(38)}!!!`;
  expect(reports(banner, '  Message:  slab: double free of 0x40a1c2d0', 'System halted.', '!!! RECURSIVE PANIC !!!')).toMatchObject([
    { title: 'panic: slab: double free of ADDR', consequences: [{ signature: 'sis-recursive-panic' }] },
  ]);
});
