import { describe, expect, test } from 'vitest';
import { BringupError, type ErrorCode } from '../../model/errors.ts';
import { SymbolTable } from '../../parsers/symbols.ts';
import type { HostShare } from '../time/host-meter.ts';
import { type ConsoleFacts, type DiagnosisVerdict, decide, type Evidence } from './decide.ts';
import { DiagnosedError } from './diagnosed-error.ts';
import type { GuestActivity, VcpuActivity } from './guest-activity.ts';

// Observations in the form of those of real guests: test/hangs.test.ts makes them.
const waiting: VcpuActivity = {
  index: 0,
  busy: 0.02,
  ran: 0.02,
  isMoving: false,
  places: Array(8).fill({ pc: 0xffff000010n, privilege: 'kernel' }),
};
const spinning: VcpuActivity = {
  index: 1,
  busy: 0.98,
  ran: 0.9,
  isMoving: true,
  places: [0x41d9f0n, 0x41c480n, 0x41d000n].map((pc) => ({ pc, privilege: 'user' })),
};
const stuck: VcpuActivity = { ...spinning, isMoving: false, places: Array(8).fill({ pc: 0x40080018n, privilege: 'kernel' }) };

function answers(...vcpus: VcpuActivity[]): Extract<GuestActivity, { qmp: 'answers' }> {
  return { qmp: 'answers', status: 'running', observedMs: 302, vcpus, disks: { reads: 0, writes: 0, flushes: 0 } };
}
const idle = answers(waiting);
const spins = answers({ ...waiting, busy: 0, ran: 0 }, spinning);
const writes: GuestActivity = { ...idle, disks: { reads: 0, writes: 12, flushes: 1 } };

const quiet: ConsoleFacts = {
  bytesReceived: 900,
  linesReceived: 40,
  bytesMeanwhile: 0,
  silentMs: 6_200,
  printedSeconds: 0,
  unfinishedLine: '',
  atPrompt: false,
  lastMarker: 'init',
  clues: [],
};
const prints = { bytesMeanwhile: 17 };
const printsSteadily = { printedSeconds: 3, silentMs: 1_499 };
const justPrinted = { silentMs: 999 };
const mute = { bytesReceived: 0, linesReceived: 0 };
const atPrompt = { unfinishedLine: '/ # ', atPrompt: true };

function host(lost: number, kind: 'waited' | 'stopped' | 'stolen' | 'memory' = 'waited'): HostShare {
  return { spanMs: 30_000, waited: 0, stopped: 0, stolen: 0, memory: 0, [kind]: lost, lost };
}

function evidence(activity: GuestActivity, console: Partial<ConsoleFacts> = {}, lost = host(0)): Evidence {
  return { activity, console: { ...quiet, ...console }, host: lost, missed: lost.lost };
}

function diagnosed(code: ErrorCode, seen: Evidence): DiagnosedError {
  return new DiagnosedError(new BringupError(code, 'no prompt', { hint: 'look closer.', consoleTail: 'the tail' }), seen);
}

/** The code's own cause is written as `code`. */
const rows: [ErrorCode, string, Evidence, DiagnosisVerdict, string][] = [
  ['boot-timeout', 'printing', evidence(idle, prints), 'working', 'guest-slow'],
  ['boot-timeout', 'busy, printed a moment ago', evidence(spins, justPrinted), 'working', 'guest-slow'],
  ['boot-timeout', 'spinning in silence', evidence(spins), 'spin', 'guest-hang'],
  ['boot-timeout', 'busy, no register changes', evidence(answers(stuck)), 'stuck', 'guest-hang'],
  ['boot-timeout', 'mute and idle', evidence(idle, mute), 'idle', 'guest-hang'],
  ['boot-timeout', 'mute and spinning', evidence(spins, mute), 'spin', 'guest-hang'],
  ['boot-timeout', 'mute and stuck', evidence(answers(stuck), mute), 'stuck', 'guest-hang'],
  ['boot-timeout', 'idle without a prompt', evidence(idle), 'idle', 'guest-hang'],
  ['boot-timeout', 'idle at a blank line', evidence(idle, { unfinishedLine: '  ' }), 'idle', 'guest-hang'],
  ['boot-timeout', 'idle at what may be its prompt', evidence(idle, { unfinishedLine: 'login: ' }), 'idle', 'assertion'],
  ['expect-timeout', 'printing', evidence(spins, prints), 'working', 'guest-slow'],
  ['expect-timeout', 'idle, with a line each second', evidence(idle, printsSteadily), 'working', 'guest-slow'],
  ['expect-timeout', 'at its prompt after some lines', evidence(idle, { ...printsSteadily, ...atPrompt }), 'idle', 'assertion'],
  ['expect-timeout', 'done with its lines', evidence(idle, { ...printsSteadily, silentMs: 1_500 }), 'idle', 'assertion'],
  ['expect-timeout', 'idle after an answer', evidence(idle, { ...printsSteadily, printedSeconds: 2 }), 'idle', 'assertion'],
  ['expect-timeout', 'at work on its disks', evidence(writes), 'working', 'guest-slow'],
  ['expect-timeout', 'spinning in silence', evidence(spins), 'spin', 'guest-hang'],
  ['expect-timeout', 'idle', evidence(idle), 'idle', 'assertion'],
  ['expect-timeout', 'idle at its prompt', evidence(idle, atPrompt), 'idle', 'assertion'],
  ['command-timeout', 'printing', evidence(spins, prints), 'working', 'guest-slow'],
  ['command-timeout', 'spinning in silence', evidence(spins), 'spin', 'guest-hang'],
  ['command-timeout', 'idle', evidence(idle), 'idle', 'guest-hang'],
  ['machine-broken', 'printing', evidence(idle, prints), 'working', 'guest-slow'],
  ['machine-broken', 'idle', evidence(idle), 'idle', 'guest-hang'],
  ['budget-exceeded', 'printing', evidence(spins, prints), 'working', 'guest-slow'],
  ['budget-exceeded', 'spinning at its prompt', evidence(spins, atPrompt), 'spin', 'guest-hang'],
  ['budget-exceeded', 'idle at its prompt', evidence(idle, atPrompt), 'idle', 'broken-test'],
  ['budget-exceeded', 'idle elsewhere', evidence(idle, { unfinishedLine: 'fsck: ' }), 'idle', 'guest-slow'],
  ['shell-protocol', 'printing', evidence(idle, prints), 'working', 'assertion'],
  ['boot-timeout', 'silent QEMU', evidence({ qmp: 'silent', isStopped: false }), 'unreachable', 'harness-fault'],
  ['boot-timeout', 'stopped QEMU', evidence({ qmp: 'silent', isStopped: true }, {}, host(1, 'stopped')), 'unreachable', 'harness-fault'],
  ['boot-timeout', 'paused QEMU', evidence({ ...idle, status: 'paused' }, {}, host(0.9)), 'paused', 'harness-fault'],
  ['boot-timeout', 'silent QEMU, starved', evidence({ qmp: 'silent', isStopped: false }, {}, host(0.9)), 'starved', 'host-overload'],
  ['boot-timeout', 'printing, half of the time lost', evidence(spins, prints, host(0.5)), 'starved', 'host-overload'],
  ['expect-timeout', 'printing, a little less lost', evidence(spins, prints, host(0.49)), 'working', 'guest-slow'],
  ['expect-timeout', 'spinning, a lot lost', evidence(spins, {}, host(0.89)), 'spin', 'guest-hang'],
  ['expect-timeout', 'spinning, nearly all lost', evidence(spins, {}, host(0.9, 'stolen')), 'starved', 'host-overload'],
  ['expect-timeout', 'stuck, nearly all lost', evidence(answers(stuck), {}, host(0.99)), 'stuck', 'guest-hang'],
  ['expect-timeout', 'idle, half of the time lost', evidence(idle, {}, host(0.5)), 'idle', 'assertion'],
  ['budget-exceeded', 'idle at its prompt, nearly all lost', evidence(idle, atPrompt, host(0.9)), 'starved', 'host-overload'],
  ['boot-timeout', 'mute, half of the time lost', evidence(spins, mute, host(0.6)), 'spin', 'guest-hang'],
];

test.for(rows)('%s, %s', ([code, , seen, verdict, cause]) => {
  expect(decide(code, seen).verdict).toBe(verdict);
  expect(diagnosed(code, seen).failureCause).toBe(cause);
});

describe('the error', () => {
  test('stays what it was, and says what was seen', () => {
    const error = diagnosed('expect-timeout', evidence(idle));
    expect(error).toMatchObject({ code: 'expect-timeout', consoleTail: 'the tail', hint: 'look closer.' });
    expect(error.shortMessage).toBe(
      'no prompt (last marker "init", 40 lines, 900 bytes; QEMU running, vCPU 0 2 % busy at 0xffff000010): the guest is idle',
    );
    expect(diagnosed('expect-timeout', evidence(idle, { lastMarker: undefined })).shortMessage).toContain('no prompt (40 lines,');
  });

  test('names the vCPUs that spin, where, and whose code that is', () => {
    const { shortMessage } = diagnosed('expect-timeout', evidence(spins));
    expect(shortMessage).toMatch(/silent for 6\.2 s and spins \(vCPU 1 in user space at 0x41c480 to 0x41d9f0\)$/);
    const nowhere = answers({ ...spinning, places: [] });
    expect(diagnosed('expect-timeout', evidence(nowhere)).shortMessage).toContain('(vCPU 1 at an unknown address)');
    const both = answers({
      ...spinning,
      places: [
        { pc: 0x41c480n, privilege: undefined },
        { pc: 0xffff800008010a84n, privilege: undefined },
      ],
    });
    expect(diagnosed('expect-timeout', evidence(both)).shortMessage).toContain(
      '(vCPU 1 in kernel and user space at 0x41c480 to 0xffff800008010a84)',
    );
    expect(diagnosed('expect-timeout', evidence(answers(stuck))).shortMessage).toMatch(
      /is stuck, busy without changing a register \(vCPU 1 in the kernel at 0x40080018\)$/,
    );
  });

  test('names symbols where they are known', () => {
    const symbols = new SymbolTable([{ address: 0x41c000n, name: 'ash_main', size: 0x1000 }]);
    const { shortMessage } = diagnosed('expect-timeout', { ...evidence(spins), symbols });
    expect(shortMessage).toContain('(vCPU 1 in user space at ash_main+0x480, 0x41d000, 0x41d9f0)');
  });

  test('tells what the host kept from the guest, and by what', () => {
    const lost = { ...host(0.96), waited: 0.5, stopped: 0.46 };
    expect(diagnosed('expect-timeout', evidence(spins, {}, lost)).shortMessage).toMatch(
      /, but the host kept 96 % of 30\.0 s from it \(waiting for a CPU 50 %, QEMU stopped 46 %\)$/,
    );
    expect(diagnosed('expect-timeout', evidence(spins, {}, host(0.3))).shortMessage).toContain(
      '; the host kept 30 % of 30.0 s from it (waiting for a CPU 30 %)): the guest has been silent',
    );
    expect(diagnosed('expect-timeout', evidence(spins, {}, host(0.04))).shortMessage).not.toContain('the host');
  });

  test('says what to do', () => {
    expect(diagnosed('boot-timeout', evidence(idle, mute)).hint).toContain('console=');
    expect(diagnosed('boot-timeout', evidence(idle)).hint).toContain('inittab');
    expect(diagnosed('boot-timeout', evidence(idle, { unfinishedLine: 'login: ' })).hint).toContain('set the profile’s `prompt`');
    expect(diagnosed('boot-timeout', evidence(spins, prints)).hint).toContain('timeouts.bootMs');
    expect(diagnosed('command-timeout', evidence(spins, prints)).hint).toContain('more time');
    expect(diagnosed('budget-exceeded', evidence(idle, atPrompt)).hint).toContain('nothing left to do');
    expect(diagnosed('boot-timeout', evidence(spins, prints, host(0.6))).hint).toContain('--jobs');
    expect(diagnosed('boot-timeout', evidence({ qmp: 'silent', isStopped: true })).hint).toContain('SIGSTOP');
    const clues = [{ text: 'Warning: x', advice: 'do y.' }];
    expect(diagnosed('boot-timeout', evidence(idle, { clues })).hint).toMatch(/^look closer\. .* The kernel said “Warning: x”: do y\.$/);
  });
});
