import { expect, test } from 'vitest';
import { defineKernelProfile } from '../model/profile.ts';
import { openConsole } from './console/testing/fake-guest.ts';
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
