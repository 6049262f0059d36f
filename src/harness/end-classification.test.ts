import { expect, test } from 'vitest';
import { outcomeOfCause } from '../model/outcome.ts';
import { classifyEnd, type EndFacts } from './end-classification.ts';

const clean: EndFacts = { exit: { exitCode: 0, signal: null }, reason: null, stderr: '', consoleTail: 'the tail' };

test.for([
  { reason: 'guest-shutdown', cause: 'guest-exit' },
  { reason: 'guest-reset', cause: 'unexpected-reboot' },
  { reason: 'guest-panic', cause: 'guest-crash' },
] as const)('$reason is the guest’s doing: $cause', ({ reason, cause }) => {
  const error = classifyEnd({ ...clean, reason });
  expect(error).toMatchObject({ code: cause, failureCause: cause, consoleTail: 'the tail', exitCode: 1 });
  expect(error.hint).toBeTruthy();
  expect(outcomeOfCause[error.failureCause]).toBe('FAIL');
});

test.for([
  { what: 'exit code 0 that nobody asked for', facts: {}, says: 'QEMU ended with exit code 0 and', hint: '--qemu-arg' },
  { what: 'an exit code', facts: { exit: { exitCode: 1, signal: null } }, says: 'with exit code 1', hint: '--qemu-arg' },
  { what: 'SIGKILL', facts: { exit: { exitCode: null, signal: 'SIGKILL' } }, says: 'by signal SIGKILL', hint: 'OOM killer' },
  { what: 'a crash of QEMU', facts: { exit: { exitCode: null, signal: 'SIGSEGV' } }, says: 'by signal SIGSEGV', hint: 'report it to QEMU' },
  { what: 'SIGTERM', facts: { reason: 'host-signal' }, says: '(host-signal)', hint: 'SIGTERM' },
  { what: 'quit over QMP', facts: { reason: 'host-qmp-quit' }, says: '(host-qmp-quit)', hint: 'nothing is known about the guest' },
] as const)('QEMU’s end by $what is MISS', ({ facts, says, hint }) => {
  const error = classifyEnd({ ...clean, ...facts });
  expect(error).toMatchObject({ code: 'qemu-exit', failureCause: 'qemu-exit', exitCode: 3, consoleTail: 'the tail' });
  expect(error.shortMessage).toContain(says);
  expect(error.hint).toContain(hint);
  expect(outcomeOfCause[error.failureCause]).toBe('MISS');
});

test('QEMU’s words are told without this host’s paths', () => {
  const stderr = "qemu-system-aarch64: could not load '/home/me/.cache/x/vmlinuz': no such file";
  const { shortMessage } = classifyEnd({ ...clean, stderr });
  expect(shortMessage).toContain("; it said: qemu-system-aarch64: could not load 'vmlinuz': no such file");
});
