import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { Progress, type ProgressOptions, wantsColour } from './progress.ts';
import { buildRunModel } from './run-model.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { type SampleCheck, sampleRun } from './testing/sample-run.ts';

function show(checks: readonly SampleCheck[], options: Partial<ProgressOptions> = {}, finish = true): string {
  const progress = new Progress({ interactive: false, colour: false, ...options });
  const events = sampleRun(checks, { finish });
  return events.map((event) => progress.event(event)).join('') + progress.finish(buildRunModel(events), 'reports/latest/index.html');
}

test('without a terminal: a line a check, failures with cause, message and hint, the verdict last', () => {
  const lines = show([
    { id: 'a1.echo.hi' },
    { id: 'a1.exit.42', outcome: 'FAIL', cause: 'guest-crash', message: 'expected 42\ngot 0', hint: 'look at wait4.', booted: false },
    { id: 'a1.slow', earlier: [{ cause: 'host-overload', message: 'busy' }] },
    { id: 'a1.wx', outcome: 'SKIP', deviation: 'Linux allows it' },
  ]);
  expect(lines).toBe(`PASS a1.echo.hi (1.6 s)
FAIL a1.exit.42 (1.6 s)  guest-crash: The kernel crashed, or complained: there is a report of its own on the console.
     │ expected 42
     │ got 0
     │ what to do: look at wait4.
     │ run it again: bringup run a1 --grep '^a1\\.exit\\.42 '
a1.slow: try 2
PASS a1.slow (2.5 s, 2 tries)
SKIP a1.wx (1.6 s)
     │ deviation: Linux allows it

FAIL 1 failed, 2 passed, 1 skipped (1 declared deviation, 1 tried more than once) in 290 ms
exit code 1: the kernel or a test is at fault
report: reports/latest/index.html
`);
});

test('the evidence stands between the message and what to do, long reports cut', () => {
  const text = Array.from({ length: 40 }, (_, line) => `[    1.${line}] line ${line}`).join('\n');
  const crash = { signature: 'linux-oops', title: 'BUG: x', function: 'vfs_read', frames: ['dump_stack', 'vfs_read', 'ksys_read'], text };
  const lines = show([{ id: 'a1.x', outcome: 'FAIL', cause: 'guest-crash', message: 'it crashed', hint: 'look.', crash }]);
  expect(lines).toContain(`     │ it crashed
     │ Crash: BUG: x (line 5 of the console)
     │ in vfs_read ← ksys_read
     │   [    1.0] line 0
`);
  expect(lines).toContain(`     │   [    1.29] line 29
     │   (10 more lines in the report)
     │ what to do: look.
`);
});

test('of checks that fail alike the first shows the evidence, the others whose it is like', () => {
  const alike = { outcome: 'FAIL', cause: 'guest-hang', hint: 'look at the loop.', boot: 'last words\r\n' } as const;
  const lines = show([
    { id: 'a1.x', ...alike, message: 'no prompt within 3000 ms (vCPU 0 at 0xffff0010)' },
    { id: 'a1.y', ...alike, message: 'no prompt within 3100 ms (vCPU 0 at 0xffff00a0)' },
    { id: 'a1.z', ...alike, message: 'no prompt at all' },
  ]);
  expect(lines.match(/last words/g)).toHaveLength(2);
  expect(lines).toContain(`     │ no prompt within 3100 ms (vCPU 0 at 0xffff00a0)
     │ evidence, and what to do: as for a1.x; its own is in the report
     │ run it again: bringup run a1 --grep '^a1\\.y '
`);
});

test('without a crash the console’s last lines are told; a try that went before shows nothing of its own', () => {
  const boot = 'first words\r\nlast words\r\n';
  const lines = show([{ id: 'a1.x', outcome: 'MISS', cause: 'qemu-exit', boot, earlier: [{ cause: 'qemu-exit', message: 'first try' }] }]);
  expect(lines).toContain('MISS a1.x (2.5 s, 2 tries)  qemu-exit: QEMU, which emulates the machine, died');
  expect(lines).toContain('had not asked for it. No verdict on the kernel.\n');
  expect(lines).toContain('     │ The console’s last lines:\n     │   first words\n     │   last words\n');
  expect(lines.match(/last words/g)).toHaveLength(1);
});

test('nothing of the guest’s is a command for GitHub’s log, or a control sequence', () => {
  const lines = show(everyOutcome);
  expect(lines).toContain('│ :\u200b:error::not a command');
  expect(lines).not.toMatch(/^\s*::/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(lines).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
});

test('on a terminal one status line is redrawn below the results, within the width', () => {
  const progress = new Progress({ interactive: true, colour: false, columns: 40 });
  const events = sampleRun([{ id: 'a1.one' }, { id: 'a1.two-with-a-name-that-is-far-too-long' }]);
  const drawn = events.map((event) => progress.event(event)).filter((text) => text !== '');
  expect(drawn.slice(0, 3)).toEqual([
    '\r\x1b[2Krunning a1.one',
    '\r\x1b[2KPASS a1.one (1.6 s)\n1 PASS',
    '\r\x1b[2K1 PASS · running a1.two-with-a-name-tha',
  ]);
});

test('colours only add to the text', () => {
  const coloured = show(everyOutcome, { colour: true });
  expect(coloured).toContain('\x1b[1;31mFAIL\x1b[0m');
  expect(stripVTControlCharacters(coloured)).toBe(show(everyOutcome));
});

test('an interrupted run tells that nothing more is known', () => {
  expect(show([{ id: 'a1.one' }], {}, false)).toContain('MISS 1 passed');
});

test.each([
  [{}, true, true],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{}, false, false],
])('colours with %j on a terminal %s: %s', (env, isTty, expected) => {
  expect(wantsColour(env, isTty)).toBe(expected);
});
