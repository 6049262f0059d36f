import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckBody } from '../src/phases/define.ts';
import {
  command,
  crashable,
  never,
  type Provocation,
  patientMs,
  signalQemu,
  typeAndPass,
  typeAndWait,
  typeUntil,
  withInit,
} from './verdicts-provocation.ts';

const crash = (request: string): string => `echo ${request} >/proc/crash`;
const set = (name: string, value: number): string => `echo ${value} >/proc/sys/kernel/${name}`;

/** Panics, oopses and reports, in several contexts, seen by checks that wait, run a command, fail or pass. */
export const crashes: readonly Provocation[] = [
  { kind: 'sysrq c, waited for', run: typeAndWait('echo c >/proc/sysrq-trigger') },
  { kind: 'sysrq c by a command, QEMU lives on', run: command(`${set('panic', 0)}; echo c >/proc/sysrq-trigger`) },
  { kind: 'null pointer read by a command', guest: crashable, run: command(crash('null-read')) },
  { kind: 'null pointer written in a timer', guest: crashable, run: typeAndWait(crash('null-write timer')) },
  { kind: 'BUG() in a kernel thread', guest: crashable, run: typeAndWait(crash('bug thread')) },
  { kind: 'BUG_ON in the background of a check that passes', guest: crashable, run: typeUntil(`(${crash('bug-on')}) &`, /kernel BUG at/) },
  { kind: 'oops that panics', guest: crashable, run: command(`${set('panic_on_oops', 1)}; ${crash('vmalloc-past worker')}; sleep 600`) },
  { kind: 'WARN, and the check passes', guest: crashable, run: command(crash('warn')) },
  { kind: 'WARN that panics', guest: crashable, run: typeAndPass(`${set('panic_on_warn', 1)}; ${crash('warn-on')}`) },
  { kind: 'reference count below zero, and the check passes', guest: crashable, run: command(crash('refcount-underflow')) },
  { kind: 'list torn in a worker', guest: crashable, run: typeAndWait(crash('list-del-overwritten worker')) },
  { kind: 'kernel stack overflow', guest: crashable, run: typeAndWait(crash('stack-overflow thread')) },
  { kind: 'undefined instruction in an interrupt', guest: crashable, run: typeAndWait(crash('undefined irq')) },
  { kind: 'panic() while the module is loaded', run: typeAndWait('insmod /crash.ko now=panic') },
  {
    kind: 'out of memory, which panics',
    run: typeAndWait('echo 1 >/proc/sys/vm/panic_on_oom; mount -o remount,size=100% /tmp; dd if=/dev/zero of=/tmp/x bs=1M'),
  },
  { kind: 'init that ends', guest: withInit('rdinit=/bin/false'), run: async () => {} },
  { kind: 'no init', guest: withInit('rdinit=/no/such/init', 'init=/none'), run: async () => {} },
];

const bodyFails = (line: string): CheckBody => {
  return async ({ console, machine }) => {
    await console.sendLine(line);
    await machine.exited;
    assert.equal(1, 2);
  };
};

/** The guest ends the command some time before itself. */
const endedWith = (line: string): CheckBody => {
  return async ({ shell, machine }) => {
    await shell.run(line, { timeoutMs: patientMs });
    await machine.exited;
  };
};

const swallowing = (line: string): CheckBody => {
  return async ({ shell }) => void (await shell.run(line, { timeoutMs: patientMs }).catch(() => {}));
};

/** A guest that ends itself: each way in which it can be told to, and each thing that a check may be at. */
const endings = (how: { forced: string; gentle: string; sysrq: string; applet: string; asInit: readonly string[]; toInit: string }) => [
  { kind: `${how.forced}, waited for`, run: typeAndWait(how.forced) },
  { kind: `${how.forced} by a command`, run: command(how.forced) },
  { kind: `${how.forced}, and the check passes`, run: typeAndPass(how.forced) },
  { kind: `${how.forced}, and the check fails an assertion`, run: bodyFails(how.forced) },
  { kind: `${how.forced} by a command whose error is swallowed`, run: swallowing(how.forced) },
  { kind: `${how.forced} from the background, later`, run: typeAndWait(`(sleep 1; ${how.forced}) &`) },
  { kind: `${how.gentle} by init`, run: typeAndWait(how.gentle) },
  { kind: `${how.gentle} by a command, which it ends`, run: endedWith(`${how.gentle}; sleep 600`) },
  { kind: `sysrq ${how.sysrq}`, run: typeAndWait(`echo ${how.sysrq} >/proc/sysrq-trigger`) },
  { kind: `sysrq ${how.sysrq} by a command`, run: command(`echo ${how.sysrq} >/proc/sysrq-trigger; sleep 600`) },
  { kind: `signal ${how.toInit} to init`, run: typeAndWait(`kill -${how.toInit} 1`) },
  { kind: `${how.applet} in the middle of output`, run: typeAndWait(`yes | head -n 2000; ${how.applet}`) },
  { kind: 'as init', guest: withInit(...how.asInit), run: async () => {} },
];

export const reboots: readonly Provocation[] = endings({
  forced: 'reboot -f',
  gentle: 'reboot',
  sysrq: 'b',
  applet: 'busybox reboot -n -f',
  asInit: ['rdinit=/sbin/reboot', '--', '-f'],
  toInit: 'TERM',
});

export const powerOffs: readonly Provocation[] = endings({
  forced: 'poweroff -f',
  gentle: 'poweroff',
  sysrq: 'o',
  applet: 'busybox poweroff -n -f',
  asInit: ['rdinit=/sbin/poweroff', '--', '-f'],
  toInit: 'USR2',
});

const killedWaiting = (signal: NodeJS.Signals): Provocation => ({
  kind: `${signal}, waited for`,
  run: async ({ console, machine }) => {
    const waiting = console.expect(never, { timeoutMs: patientMs });
    signalQemu(machine, signal);
    await waiting;
  },
});

const killedRunning = (signal: NodeJS.Signals, line: string): Provocation => ({
  kind: `${signal} while ${line} runs`,
  run: async ({ shell, machine }) => {
    const running = shell.run(line, { timeoutMs: patientMs });
    running.catch(() => {});
    await sleep(500);
    signalQemu(machine, signal);
    await running;
  },
});

/** QEMU's end by somebody else. */
export const deaths: readonly Provocation[] = [
  ...(['SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGABRT', 'SIGINT', 'SIGHUP', 'SIGBUS'] as const).map(killedWaiting),
  killedRunning('SIGKILL', 'sleep 600'),
  killedRunning('SIGTERM', 'while :; do echo at work; read -t 0.1 nothing; done'),
  killedRunning('SIGILL', 'read line'),
  {
    kind: 'QMP quit by somebody else',
    run: async ({ console, machine }) => {
      await machine.qmp.execute('quit');
      await console.expect(never, { timeoutMs: patientMs });
    },
  },
  {
    kind: 'QMP quit while a command runs',
    run: async ({ shell, machine }) => {
      const running = shell.run('sleep 600', { timeoutMs: patientMs });
      running.catch(() => {});
      await machine.qmp.execute('quit');
      await running;
    },
  },
  {
    kind: 'SIGKILL, and the check fails an assertion',
    run: async ({ machine }) => {
      signalQemu(machine, 'SIGKILL');
      await machine.exited;
      assert.fail('no answer');
    },
  },
  {
    kind: 'SIGKILL, and the check passes',
    run: async ({ machine }) => {
      signalQemu(machine, 'SIGKILL');
      await machine.exited;
    },
  },
];
