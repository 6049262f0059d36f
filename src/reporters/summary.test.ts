import { expect, test } from 'vitest';
import { renderAnnotations } from './annotations.ts';
import { buildRunModel } from './run-model.ts';
import { renderSummary } from './summary.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { type SampleCheck, sampleRun } from './testing/sample-run.ts';

const summaryOf = (...parameters: Parameters<typeof sampleRun>) => renderSummary(buildRunModel(sampleRun(...parameters)));
const annotationsOf = (...parameters: Parameters<typeof sampleRun>) => renderAnnotations(buildRunModel(sampleRun(...parameters)));

test('the verdict is the first line, then phases, failures with cause, message and hint, metrics, provenance', () => {
  const summary = summaryOf(everyOutcome);
  expect(summary.split('\n')[0]).toBe('# ❌ FAIL: 6 failed, 1 broken test, 3 without a result, 4 passed, 1 measured, 2 skipped');
  expect(summary).toContain('1 declared deviation, 1 tried more than once. Exit code 1');
  expect(summary).toContain('| a0 | 2 | 1 | 1 | 1 |  |  | 8.0 s |');
  expect(summary).toContain('## FAIL `a1.exit.42`: assertion');
  expect(summary).toContain('**What to do:** wait4 reports the wrong status');
  expect(summary).toContain('Failed step: run: sh -c "exit 42" (exit status 0)');
  expect(summary).toContain('sh: wrong status\n```');
  expect(summary).toContain('| a1.syscall.rate | getpid\\_ns | 182 | ns |');
  expect(summary).toMatch(/kernel \| linux\\-image\\-6\.1\.0\\-32\\-cloud\\-arm64 6\.1\.129\\-1 \| sha256 a{64}/);
  const sections = [...summary.matchAll(/^## (\w+) `(.*?)`/gm)].map(([, outcome, id]) => `${outcome} ${id}`);
  expect(sections.slice(0, 2)).toEqual(['FAIL a0.fault.null-jump', 'FAIL a1.reboot.unexpected']);
});

test('a failure’s section: cause in words, evidence, what to do, what runs it again', () => {
  const summary = summaryOf(everyOutcome);
  const section = (id: string) => summary.split(/^## /m).find((each) => each.includes(`\`${id}\``)) as string;
  const inOrder = (text: string, parts: readonly string[]) =>
    expect(parts.map((part) => text.indexOf(part))).toEqual(sortedPlaces(text, parts));
  inOrder(section('a0.fault.null-jump'), [
    '**The kernel crashed, or complained: there is a report',
    'expected the program to end with SIGSEGV',
    'in do_exit ← do_group_exit ← get_signal ← do_notify_resume',
    'Title and functions may be wrong: printk dropped messages',
    '<summary>The crash report</summary>',
    'Internal error: Oops',
    '**What to do:** read the oops',
    "Run it again: `bringup run a0 --grep '^a0\\.fault\\.null-jump '`",
  ]);
  inOrder(section('a0.memory.64-mib'), [
    '**The guest hung',
    'the guest was busy and got nowhere (an endless loop).',
    'vCPU 0: wanted 99 % and had 97 % of a host CPU; was in the kernel: queued_spin_lock_slowpath+0x84 (0xffff800008010a84) × 2, 0xffff800008010a80',
    '<summary>The kernel’s own backtraces, asked for by SysRq</summary>',
  ]);
  expect(section('a0.idle.wfi')).toContain('too little time to be judged. No verdict on the kernel.**');
});

/** Where the parts are, each after the one before; -1 at none of them. */
function sortedPlaces(text: string, parts: readonly string[]): number[] {
  for (const part of parts) expect(text).toContain(part);
  return parts.map((part) => text.indexOf(part)).sort((a, b) => a - b);
}

test('hostile text opens no command, closes no fence and is no markup', () => {
  const summary = summaryOf(everyOutcome);
  expect(summary).not.toMatch(/^\s*::/m);
  expect(summary).not.toContain('##[');
  expect(summary).toContain('\\<script\\>');
  // Taking every fenced block away, as a reader of Markdown does, takes all of the guest's text away.
  const outside = summary.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '');
  for (const guest of ['onerror', 'owned', 'and still visible', 'add-mask']) {
    expect(summary).toContain(guest);
    expect(outside).not.toContain(guest);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(summary).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
});

test('GitHub’s limit of 1 MiB is kept, and what is left out is counted', () => {
  const many = Array.from(
    { length: 2000 },
    (_, index): SampleCheck => ({ id: `a1.many.${index}`, outcome: 'FAIL', message: 'é'.repeat(2000) }),
  );
  const summary = summaryOf(many);
  expect(Buffer.byteLength(summary)).toBeLessThan(1_000_000);
  const shown = summary.match(/^## FAIL/gm)?.length ?? 0;
  expect(summary).toContain(`**${2000 - shown} more** left out here`);
  expect(summary).toContain('## What was run');
});

test('no check at all, and an interrupted run, are no success', () => {
  expect(summaryOf([]).split('\n')[0]).toBe('# ⚠️ MISS: no check ran');
  const interrupted = summaryOf([{ id: 'a1.one' }], { finish: false });
  expect(interrupted.split('\n')[0]).toBe('# ⚠️ MISS: 1 passed');
  expect(interrupted).toContain('## Outside the checks');
  expect(interrupted).toContain('the run was interrupted');
});

test('annotations: one line each, escaped, the gravest first', () => {
  const lines = annotationsOf(everyOutcome);
  expect(lines).toHaveLength(10);
  expect(lines[0]).toMatch(
    /^::error title=FAIL a0\.fault\.null-jump \(guest-crash\)::The kernel crashed, or complained: [^%]*%0Aexpected the program/,
  );
  for (const line of lines) expect(line).toMatch(/^::error title=[^:,\n\r]*::[^\n\r]*$/);
  expect(lines.join('\n')).toContain('%0A::error::not a command%0A');
  expect(lines.join('\n')).toContain('41%25 of the vCPU');
});

test('ten annotations at most: the tenth counts the rest', () => {
  const failing = (count: number) => Array.from({ length: count }, (_, index): SampleCheck => ({ id: `a1.c.${index}`, outcome: 'FAIL' }));
  expect(annotationsOf(failing(10))).toHaveLength(10);
  const eleven = annotationsOf(failing(11), { errors: [{ cause: 'harness-fault', message: 'a worker died' }] });
  expect(eleven).toHaveLength(10);
  expect(eleven[0]).toContain('a worker died');
  expect(eleven[9]).toMatch(/^::error title=3 more::/);
  expect(annotationsOf([{ id: 'a1.good' }])).toEqual([]);
});
