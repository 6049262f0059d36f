import { describe, expect, test } from 'vitest';
import { CrashDetector, type CrashEvent } from './crash.ts';
import { genericCrashPatterns } from './generic.ts';
import { linesOf } from './testing/replay.ts';

function detect(...texts: readonly string[]): CrashEvent[] {
  const detector = new CrashDetector(genericCrashPatterns);
  return [...linesOf(...texts).flatMap((line) => detector.line(line)), ...detector.end()];
}

const early = [
  '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]',
  '[    0.000000] psci: PSCIv1.1 detected in firmware.',
];
const panic = 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00';
const trace = [
  'CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1',
  'Hardware name: linux,dummy-virt (DT)',
  'Call trace:',
  ' do_exit+0x9ec/0x9f0',
];

describe('a kernel that stopped stamping its lines while it booted', () => {
  test('is believed at once', () => {
    expect(detect(...early, 'Run /init as init process', panic)[0]).toMatchObject({ type: 'crash.started', line: 4 });
  });

  test('is not what a program quotes of a boot', () => {
    expect(detect(...early, 'it says Run /init as init process', 'Run /init as init process, or not', panic)).toEqual([]);
  });
});

describe('a report without stamps after lines with them', () => {
  test('is believed by what follows its first line, and placed there', () => {
    const [started, report, ...more] = detect(...early, 'evm: HMAC attrs: 0x1', panic, ...trace);
    expect(started).toMatchObject({ type: 'crash.started', severity: 'fatal', line: 4 });
    expect(report).toMatchObject({
      type: 'crash',
      class: 'init-killed',
      line: 4,
      frames: ['do_exit'],
      context: [...early, 'evm: HMAC attrs: 0x1'],
      text: [panic, ...trace, ''].join('\n'),
    });
    expect(more).toEqual([]);
  });

  test.each(['CPU: 3 UID: 0 PID: 77 Comm: sh Tainted: G      D', 'Call trace:', 'Call Trace:'])('is believed by %j', (line) =>
    expect(detect(...early, panic, line)[0]).toMatchObject({ line: 3 }),
  );

  test.each([
    ['nothing', []],
    ['a prompt', ['/ # ']],
    ['what a stamped message shows to be a program’s', ['[    9.000000] eth0: up', ...trace]],
    ['a trace far below', [...Array.from({ length: 32 }, () => 'x'), ...trace]],
    ['words like those of a trace', ['the CPU: 0 PID: 1 Comm: init', 'Call trace: none']],
  ])('is not believed by %s', (_, after) => expect(detect(...early, panic, ...after)).toEqual([]));

  test('is given once, with its second line', () => {
    const found = detect(
      ...early,
      'kernel BUG at mm/slub.c:419!',
      'Internal error: Oops - BUG: 00000000f2000800 [#1] SMP',
      ...trace,
      panic,
    );
    expect(found.filter(({ type }) => type === 'crash')).toMatchObject([{ class: 'bug', line: 3, function: 'do_exit', severity: 'fatal' }]);
  });

  test('leaves alone what is a report in any case', () => {
    const leak = 'BUG: memory leak';
    const found = detect(...early, 'BUG: unable to handle kernel NULL pointer dereference', leak, ...trace);
    expect(found.filter(({ type, line }) => type === 'crash.started' && line === 4)).toHaveLength(1);
  });

  test('is believed at once after the first one', () => {
    const found = detect(...early, panic, ...trace, '---[ end trace 0 ]---', ...Array.from({ length: 40 }, () => 'x'), panic);
    expect(found.filter(({ type }) => type === 'crash')).toMatchObject([{ line: 3 }, { line: 49 }]);
  });
});
