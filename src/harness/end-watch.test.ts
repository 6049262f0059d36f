import { describe, expect, test } from 'vitest';
import { defineKernelProfile } from '../model/profile.ts';
import { delivered, type FakeGuest, openConsole } from './console/testing/fake-guest.ts';
import { EndWatch } from './end-watch.ts';
import { Fate } from './fate.ts';
import type { HarnessEvent } from './harness-event.ts';
import type { QemuProcess } from './qemu-process.ts';

const profile = defineKernelProfile({
  id: 'fake',
  title: 'A fake guest',
  arch: 'aarch64',
  kernel: 'Image',
  cmdline: [],
  machine: { type: 'none', cpu: 'none' },
  memoryMiB: 1,
  vcpus: 1,
  prompt: '# $',
  shellDialect: 'none',
});

interface Watched {
  guest: FakeGuest;
  watch: EndWatch;
  fate: Fate;
  events: HarnessEvent[];
}

async function watched(use: (parts: Watched) => Promise<void>): Promise<void> {
  const { guest, console } = openConsole();
  const fate = new Fate();
  const events: HarnessEvent[] = [];
  const running = { exited: new Promise(() => {}), exit: undefined } as unknown as QemuProcess;
  const observe = (event: HarnessEvent): void => void events.push(event);
  const watch = new EndWatch({ machineId: 'm', profile, console, process: running, fate, startedAtMs: 0, observe });
  await use({ guest, watch, fate, events });
  await console[Symbol.asyncDispose]();
}

const warning = ['[    5.000000] WARNING: CPU: 0 PID: 1 at kernel/some.c:1 some_function+0x10/0x20', '[    5.000001] Call trace:'];
const panic = '[    9.000000] Kernel panic - not syncing: the end';
const decided = (fate: Fate): Promise<unknown> => new Promise((resolve) => fate.signal.addEventListener('abort', resolve));

test('a report is recorded with its class, function and frames', () =>
  watched(async ({ guest, watch, events }) => {
    guest.print([...warning, '[    5.000002]  some_caller+0x1/0x2', ''].join('\r\n'));
    await watch.expectCrash(() => true).report;
    expect(events).toMatchObject([
      { type: 'crash', class: 'warning', title: 'WARNING in some_function', function: 'some_function', frames: ['some_caller'] },
    ]);
  }));

describe('an expected crash', () => {
  test('that is to come, or has come already, is given once the console is silent, each once', () =>
    watched(async ({ guest, watch, fate }) => {
      const first = watch.expectCrash(({ class: kind }) => kind === 'warning');
      const second = watch.expectCrash(({ class: kind }) => kind === 'warning');
      guest.print(`${warning.join('\r\n')}\r\n`);
      expect(await first.report).toMatchObject({ title: 'WARNING in some_function', text: `${warning.join('\n')}\n` });
      guest.print(`${warning.join('\r\n').replaceAll('5.0', '7.0')}\r\n`);
      expect(await second.report).not.toBe(await first.report);
      expect(watch.unexpectedCrashes).toEqual([]);
      guest.print(`${warning.join('\r\n').replaceAll('5.0', '9.0')}\r\n`);
      await watch.settled();
      expect(watch.unexpectedCrashes).toHaveLength(1);
      expect(await watch.expectCrash(() => true).report).toBe(watch.crashes[2]);
      expect(fate.error).toBeUndefined();
      expect(watch.crashedAsExpected).toBe(false);
    }));

  test('that is fatal still decides the machine’s fate, as an expected one', () =>
    watched(async ({ guest, watch, fate }) => {
      const expected = watch.expectCrash(({ title }) => title.includes('the end'));
      guest.print(`${panic}\r\n`);
      expect(await expected.report).toMatchObject({ class: 'panic' });
      if (fate.error === undefined) await decided(fate);
      expect(fate.error?.failureCause).toBe('guest-crash');
      expect(watch.crashedAsExpected).toBe(true);
    }));

  test('does not excuse another one', () =>
    watched(async ({ guest, watch, fate }) => {
      watch.expectCrash(({ title }) => title.includes('something else'));
      guest.print(`${panic}\r\n`);
      await decided(fate);
      expect(watch.crashedAsExpected).toBe(false);
      expect(watch.unexpectedCrashes).toHaveLength(1);
    }));
});

test('a report that is still being printed is not cut when the machine is to be settled', () =>
  watched(async ({ guest, watch }) => {
    guest.print(`${warning.join('\r\n')}\r\n`);
    await delivered();
    const settled = watch.settled();
    guest.print('[    5.000002]  late_function+0x1/0x2\r\n');
    await settled;
    expect(watch.crashes[0]?.frames).toEqual(['late_function']);
  }));

test('a crash whose first line is about to come is known when the machine is to be settled', () =>
  watched(async ({ guest, watch, fate }) => {
    guest.print('[    8.999999] sysrq: Trigger a crash\r\n');
    await delivered();
    const settled = watch.settled();
    guest.print(`${panic}\r\n`);
    await settled;
    expect(fate.error?.failureCause).toBe('guest-crash');
  }));

test('of a storm of warnings 100 are kept, the others counted, and a panic after them still decides', async () => {
  const { guest, console } = openConsole();
  const fate = new Fate();
  const events: HarnessEvent[] = [];
  const running = { exited: new Promise(() => {}), exit: undefined } as unknown as QemuProcess;
  const observe = (event: HarnessEvent): void => void events.push(event);
  const watch = new EndWatch({ machineId: 'm', profile, console, process: running, fate, startedAtMs: 0, observe });
  for (let number = 1; number <= 300; number += 1) {
    guest.print(`[${String(4 * number).padStart(5)}.000000] WARNING: CPU: 0 PID: 1 at kernel/some.c:${number} some_function+0x10/0x20\r\n`);
  }
  guest.print('[ 2000.000000] Kernel panic - not syncing: the end\r\n');
  await new Promise((resolve) => fate.signal.addEventListener('abort', resolve));
  expect(fate.error?.shortMessage).toContain('the end');
  expect(watch.crashCount).toBe(301);
  expect(watch.crashes).toHaveLength(101);
  expect(events.filter(({ type }) => type === 'crash')).toHaveLength(101);
  await console[Symbol.asyncDispose]();
});
