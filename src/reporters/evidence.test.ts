import { expect, test } from 'vitest';
import { evidenceOf } from './evidence.ts';
import { buildRunModel, type TryModel } from './run-model.ts';
import { type SampleCheck, sampleRun } from './testing/sample-run.ts';

function evidence(check: Omit<SampleCheck, 'id'>) {
  const model = buildRunModel(sampleRun([{ id: 'a1.x', outcome: 'FAIL', ...check }]));
  return evidenceOf(model.phases.flatMap(({ checks }) => checks)[0]?.tries.at(-1) as TryModel).map(({ kind, title, body }) => [
    kind,
    title,
    body,
  ]);
}

test('a crash tells the function at fault and its callers, without those that only report it', () => {
  const crash = { signature: 'linux-oops', title: 'BUG: x', function: 'b', frames: ['dump_stack', 'a', 'b', 'c'], text: 'BUG: x\n' };
  expect(evidence({ crash })).toEqual([['crash', 'Crash: BUG: x (line 5 of the console)\nin b ← c', 'BUG: x']]);
});

test('where the trace lacks the function at fault, it comes before it; without both there is no line for it', () => {
  const crash = { signature: 'linux-oops', title: 'BUG: x', text: 'BUG: x' };
  expect(evidence({ crash: { ...crash, function: 'b', frames: ['c'] } })[0]?.[1]).toContain('\nin b ← c');
  expect(evidence({ crash })[0]?.[1]).toBe('Crash: BUG: x (line 5 of the console)');
});

test('an assertion after steps that went well shows the last of them, what bringup typed left out', () => {
  const console = '/ # __bc=\'(exit 0)\' __bi=1.8;eval "$\r\r\n__br"\r\n\r\n@@br:ea38a4f1:1:1:0::1040@@\r\nanswer\r\n';
  const steps = [
    { title: 'run: (exit 0)', console, exitStatus: 0, output: 'answer\n' },
    { title: 'machine kept: bringup attach a1.x-0000' },
  ];
  expect(evidence({ cause: 'assertion', steps })).toEqual([
    ['step', 'Last step: run: (exit 0) (exit status 0)', 'answer'],
    ['console', 'The console’s last lines:', 'answer'],
  ]);
});

test('the console’s last lines are those before a hung kernel was asked for its backtraces', () => {
  const text = '[   19.057213] sysrq: Show backtrace of all active CPUs\n[   19.058890] sysrq: CPU0:';
  const boot = `last words\r\n${text.replace('\n', '\r\n')}\r\n`;
  const found = evidence({ cause: 'guest-hang', boot, findings: [{ type: 'backtraces', isAnswered: true, text }] });
  expect(found.at(-1)).toEqual(['console', 'The console’s last lines:', 'last words']);
});
