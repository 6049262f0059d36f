import { describe, expect, test } from 'vitest';
import { BringupError, type ErrorCode } from '../model/errors.ts';
import { type ConsoleFacts, diagnose } from './diagnosis.ts';
import type { GuestActivity } from './guest-activity.ts';

const idle: GuestActivity = { qmp: 'answers', status: 'running', vcpus: [{ index: 0, busy: 0.02, ran: 0.02, pc: '0xffff000010' }] };
const spins: GuestActivity = {
  qmp: 'answers',
  status: 'running',
  vcpus: [
    { index: 0, busy: 0, ran: 0, pc: '0x10' },
    { index: 1, busy: 0.98, ran: 0.98, pc: '0x41c480' },
  ],
};
const quiet: ConsoleFacts = {
  bytesReceived: 900,
  linesReceived: 40,
  bytesMeanwhile: 0,
  silentMs: 6_200,
  unfinishedLine: '',
  atPrompt: false,
  lastMarker: 'init',
  clues: [],
};

function diagnosed(code: ErrorCode, activity: GuestActivity, console: Partial<ConsoleFacts> = {}): BringupError {
  const error = new BringupError(code, 'no prompt', { hint: 'look closer.', consoleTail: 'the tail' });
  return diagnose(error, activity, { ...quiet, ...console });
}

test('the error stays what it was, and says what was seen', () => {
  const error = diagnosed('expect-timeout', idle);
  expect(error).toMatchObject({ code: 'expect-timeout', consoleTail: 'the tail', hint: 'look closer.' });
  expect(error.shortMessage).toBe(
    'no prompt (last marker "init", 40 lines, 900 bytes; QEMU running, vCPU 0 2 % busy at 0xffff000010): the guest is idle',
  );
  expect(diagnosed('expect-timeout', idle, { lastMarker: undefined }).shortMessage).toContain('no prompt (40 lines,');
});

describe('the harness is at fault', () => {
  test('when QEMU does not answer', () => {
    const error = diagnosed('boot-timeout', { qmp: 'silent' });
    expect(error.failureCause).toBe('harness-fault');
    expect(error.shortMessage).toContain('QEMU silent): QEMU itself does not answer');
  });

  test('when the guest is paused', () => {
    const error = diagnosed('boot-timeout', { ...idle, status: 'paused' });
    expect(error.failureCause).toBe('harness-fault');
    expect(error.shortMessage).toContain('QEMU is in state paused, so the guest does not run');
  });
});

describe('the guest hangs', () => {
  test.for([
    { activity: spins, does: 'spins' },
    { activity: idle, does: 'is idle' },
  ])('when it never printed anything and $does', ({ activity, does }) => {
    const error = diagnosed('expect-timeout', activity, { bytesReceived: 0, linesReceived: 0 });
    expect(error.failureCause).toBe('guest-hang');
    expect(error.shortMessage).toContain(`printed nothing at all and ${does}`);
    expect(error.hint).toContain('console=');
  });

  test('when it spins in silence: only the vCPUs that do are named', () => {
    const error = diagnosed('expect-timeout', spins);
    expect(error.failureCause).toBe('guest-hang');
    expect(error.shortMessage).toMatch(/silent for 6\.2 s and spins \(vCPU 1 at 0x41c480\)$/);
    const unknown = { ...spins, vcpus: [{ index: 0, busy: 1, ran: 1, pc: undefined }] };
    expect(diagnosed('expect-timeout', unknown).shortMessage).toContain('(vCPU 0 at an unknown address)');
  });

  test('when it is idle in its boot without a prompt', () => {
    expect(diagnosed('boot-timeout', idle)).toMatchObject({ failureCause: 'guest-hang', hint: expect.stringContaining('inittab') });
    expect(diagnosed('boot-timeout', idle, { unfinishedLine: '  ' }).failureCause).toBe('guest-hang');
  });
});

describe('the guest is slow', () => {
  test.for([
    { seen: 'bytes came meanwhile', activity: idle, console: { bytesMeanwhile: 1 } },
    { seen: 'it is busy and printed a moment ago', activity: spins, console: { silentMs: 999 } },
  ])('in its boot, when $seen', ({ activity, console }) => {
    const error = diagnosed('boot-timeout', activity, console);
    expect(error).toMatchObject({ failureCause: 'guest-slow', hint: expect.stringContaining('timeouts.bootMs') });
    expect(error.shortMessage).toMatch(/: the guest still prints$/);
  });

  test('after its boot the cause stays the one of the wait', () => {
    expect(diagnosed('expect-timeout', spins, { bytesMeanwhile: 1 }).failureCause).toBe('assertion');
    expect(diagnosed('budget-exceeded', spins, { bytesMeanwhile: 1 }).failureCause).toBe('guest-slow');
  });
});

describe('the guest waits', () => {
  test('at what may be its prompt: the profile’s is the wrong one', () => {
    const error = diagnosed('boot-timeout', idle, { unfinishedLine: 'login: ' });
    expect(error).toMatchObject({ failureCause: 'assertion', hint: expect.stringContaining('set the profile’s `prompt`') });
    expect(error.shortMessage).toContain('waits at "login: "');
  });

  test('after its boot: the cause stays the one of the wait', () => {
    expect(diagnosed('expect-timeout', idle, { unfinishedLine: '/ # ' }).failureCause).toBe('assertion');
    expect(diagnosed('machine-broken', idle, { unfinishedLine: '/ # ' }).failureCause).toBe('guest-hang');
  });

  test('at its prompt until a check’s budget is spent: the check waits for nothing', () => {
    const error = diagnosed('budget-exceeded', idle, { unfinishedLine: '/ # ', atPrompt: true });
    expect(error).toMatchObject({ failureCause: 'broken-test', hint: expect.stringContaining('nothing left to do') });
    expect(diagnosed('budget-exceeded', idle, { unfinishedLine: 'fsck: ' }).failureCause).toBe('guest-slow');
    expect(diagnosed('budget-exceeded', spins, { unfinishedLine: '/ # ', atPrompt: true }).failureCause).toBe('guest-hang');
    expect(diagnosed('expect-timeout', idle, { unfinishedLine: '/ # ', atPrompt: true }).failureCause).toBe('assertion');
  });
});

test('what the kernel said of the failure is quoted', () => {
  const clues = [{ text: 'Warning: x', advice: 'do y.' }];
  expect(diagnosed('boot-timeout', idle, { clues }).hint).toMatch(/^look closer\. .* The kernel said “Warning: x”: do y\.$/);
});
