import { setTimeout as sleep } from 'node:timers/promises';
import type { Console } from '../console/console.ts';
import type { Observer } from '../harness-event.ts';
import { serialChardev } from '../qemu-argv.ts';
import type { QmpClient } from '../qmp/client.ts';

/** A profile's capability: the kernel answers Linux's magic SysRq, asked by a BREAK on its serial console, its debugging keys included. */
export const sysrqCapability = 'sysrq';

/** Backtraces of all CPUs, and the tasks that wait uninterruptibly (Linux Documentation/admin-guide/sysrq.rst). */
const keys = ['l', 'w'] as const;
/** The answer is over when nothing came for this long. */
const silenceMs = 500;
/** And at most this long, for each key. */
const longestMs = 3_000;
const maxCharacters = 16_000;

/** The parts of a machine that are needed to ask its kernel. */
export interface Asked {
  readonly machineId: string;
  readonly qmp: QmpClient;
  readonly console: Console;
  readonly observe: Observer;
}

/**
 * Asks a hung Linux what its CPUs and tasks are at, and records the answer. For machines that are thrown away: the answer is on the
 * console, where nobody must wait for anything any more. A kernel that takes no interrupts does not answer, which says something too.
 */
export async function recordBacktraces({ machineId, qmp, console, observe }: Asked): Promise<void> {
  let text = '';
  const stop = console.onText((piece) => {
    text = (text + piece).slice(0, maxCharacters);
  });
  try {
    for (const key of keys) await ask(key, qmp, console);
  } catch {
    // Its QEMU or its console ended, or takes nothing: the verdict stands without.
  } finally {
    stop();
  }
  // A line that was begun, and keys that are echoed, are no answer.
  const isAnswered = /sysrq: /.test(text);
  observe({ type: 'backtraces', machine: machineId, isAnswered, text: isAnswered ? text.trim() : '' });
}

async function ask(key: string, qmp: QmpClient, console: Console): Promise<void> {
  const until = performance.now() + longestMs;
  await qmp.execute('chardev-send-break', { id: serialChardev });
  await console.send(key, { pacing: { mode: 'none' }, signal: AbortSignal.timeout(longestMs) });
  for (let quietMs = 0; quietMs < silenceMs && performance.now() < until; ) {
    await sleep(silenceMs / 5);
    quietMs = performance.now() - Math.max(console.lastByteAtMs ?? 0, until - longestMs);
  }
}
