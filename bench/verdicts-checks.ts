import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckBody } from '../src/phases/define.ts';
import {
  command,
  crashable,
  impatientMs,
  never,
  type Provocation,
  patientMs,
  signalQemu,
  typeAndWait,
  typeUntil,
} from './verdicts-provocation.ts';

const gives = (line: string, expected: string): CheckBody => {
  return async ({ shell }) => assert.equal((await shell.run(line)).output, expected);
};

const waits =
  (timeoutMs: number): CheckBody =>
  async ({ console }) =>
    void (await console.expect(never, { timeoutMs }));

/** Guests that do another thing than the check expects. */
export const assertions: readonly Provocation[] = [
  { kind: 'another output', run: gives('echo hi', 'hello') },
  { kind: 'another exit status', run: async ({ shell }) => assert.equal((await shell.run('false')).exitStatus, 0) },
  { kind: 'another file', run: async ({ shell }) => assert.match((await shell.run('cat /proc/version')).output, /Solaris/) },
  { kind: 'no such command', run: async ({ shell }) => assert.equal((await shell.run('no-such-command')).exitStatus, 0) },
  { kind: 'captured bytes differ', run: async ({ shell }) => assert.equal((await shell.run('printf a', { captured: true })).output, 'b') },
  { kind: 'a figure out of bounds', run: async ({ shell }) => assert.ok(Number((await shell.run('nproc')).output) > 100) },
  { kind: 'the prompt, and nothing more comes', run: waits(impatientMs) },
  {
    kind: 'a wait with a deadline of its own',
    run: async ({ console }) => void (await console.expect(never, { timeoutMs: patientMs, signal: AbortSignal.timeout(1_000) })),
  },
  { kind: 'another answer than the one waited for', run: typeAndWait('echo no', impatientMs) },
  { kind: 'a program that asks and gets no answer', run: typeAndWait('cat', impatientMs) },
  { kind: 'a command that waits for input', run: command('read line', impatientMs) },
  { kind: 'a command that sleeps', run: command('sleep 600', impatientMs) },
  { kind: 'no reset', run: async ({ machine }) => void (await machine.endsBy('guest-reset', { timeoutMs: impatientMs })) },
  { kind: 'no crash', run: async ({ machine }) => void (await machine.expectCrash(/NULL pointer/, { timeoutMs: impatientMs })) },
  { kind: 'the shell ends', run: command('kill -9 $$') },
];

const throws = (error: () => unknown): CheckBody => {
  return async ({ shell }) => {
    await shell.run('true');
    throw error();
  };
};

/** Checks that are wrong themselves. */
export const brokenTests: readonly Provocation[] = [
  { kind: 'TypeError', run: async ({ shell }) => void ((await shell.run('true')) as unknown as { lines: string[] }).lines.length },
  { kind: 'ReferenceError', run: throws(() => new ReferenceError('x is not defined')) },
  { kind: 'SyntaxError', run: async ({ shell }) => JSON.parse((await shell.run('echo {')).output) },
  { kind: 'RangeError', run: async ({ shell }) => void (await shell.run('true')).output.repeat(-1) },
  { kind: 'a string is thrown', run: throws(() => 'broken') },
  {
    kind: 'a file on the host that is not there',
    run: async () => void (await import('node:fs/promises').then(({ readFile }) => readFile('/no/such/file'))),
  },
  { kind: 'waits at the prompt past its budget', budget: 'short', run: waits(patientMs) },
  { kind: 'waits after its command past its budget', budget: 'short', run: typeAndWait('echo no') },
  { kind: 'registers of a machine without gdbstub', run: async ({ machine }) => void (await machine.gdb.interrupt()) },
  {
    kind: 'a snapshot of a machine that has none',
    run: async ({ machine }) => void (await (await machine.snapshot())[Symbol.asyncDispose]()),
  },
  { kind: 'a device without a port', run: async ({ machine }) => void (await machine.plug({ sizeMiB: 1 })) },
  { kind: 'a pattern that matches nothing', run: async ({ console }) => void (await console.expect(/x*/, { timeoutMs: patientMs })) },
  { kind: 'a command with a NUL', run: command('echo \0') },
  { kind: 'a metric that is no number', run: async ({ metric }) => metric('x_ns', Number.NaN) },
  {
    kind: 'a machine that the check put away',
    run: async ({ machine, shell }) => {
      await machine[Symbol.asyncDispose]();
      await shell.run('true');
    },
  },
];

/** Nothing is wrong, however it may look. */
export const passes: readonly Provocation[] = [
  { kind: 'an output', run: gives('echo hi', 'hi') },
  { kind: 'captured output', run: async ({ shell }) => assert.equal((await shell.run('printf a', { captured: true })).output, 'a') },
  { kind: 'a long output', run: async ({ shell }) => assert.equal((await shell.run('seq 1 2000')).output.split('\n').length, 2_000) },
  { kind: 'words of a crash, as output', run: gives('echo no kernel panic, no Oops, no BUG', 'no kernel panic, no Oops, no BUG') },
  {
    kind: 'an expected warning',
    guest: crashable,
    run: async ({ machine, shell }) => {
      await shell.run('echo warn >/proc/crash');
      await machine.expectCrash(/WARNING/, { timeoutMs: patientMs });
    },
  },
  {
    kind: 'an expected panic',
    run: async ({ console, machine }) => {
      await console.sendLine('echo c >/proc/sysrq-trigger');
      await machine.expectCrash(/sysrq triggered crash/, { timeoutMs: patientMs });
    },
  },
  {
    kind: 'an expected reset',
    run: async ({ console, machine }) => {
      await console.sendLine('reboot -f');
      await machine.endsBy('guest-reset', { timeoutMs: patientMs });
    },
  },
  {
    kind: 'an expected power-off',
    run: async ({ console, machine }) => {
      await console.sendLine('poweroff -f');
      await machine.endsBy('guest-shutdown', { timeoutMs: patientMs });
    },
  },
  {
    kind: 'a command that ran out of time, as expected',
    run: async ({ shell }) => void (await assert.rejects(shell.run('sleep 600', { timeoutMs: 1_000 }))),
  },
  { kind: 'a killed program', run: async ({ shell }) => assert.equal((await shell.run("sh -c 'kill -SEGV $$'")).exitStatus, 139) },
  { kind: 'text on the console', run: typeUntil("echo it''came", /itcame/) },
  {
    kind: 'a QEMU that stood still for two seconds',
    run: async ({ shell, machine }) => {
      const running = shell.run('echo on');
      signalQemu(machine, 'SIGSTOP');
      await sleep(2_000);
      signalQemu(machine, 'SIGCONT');
      assert.equal((await running).output, 'on');
    },
  },
  { kind: 'a command that is silent for long', run: gives('sleep 5; echo done', 'done') },
];
