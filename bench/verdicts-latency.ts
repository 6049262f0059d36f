import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../src/harness/machine.ts';
import type { CheckEvent } from '../src/phases/run-check.ts';
import { crashable, never, type Provocation, patientMs, signalQemu } from './verdicts-provocation.ts';
import type { Laboratory } from './verdicts-set.ts';

/** How long verdicts took, and how long QEMU did to be gone; in milliseconds. */
export interface Latencies {
  readonly verdict: number[];
  /** Empty where QEMU lives on. */
  readonly gone: number[];
}

interface End {
  /** Brings it about. */
  readonly begin: (machine: Machine) => Promise<unknown>;
  /** The crash report's last line. */
  readonly lastLine?: RegExp;
}

const typed =
  (line: string): End['begin'] =>
  ({ console }) =>
    console.sendLine(line);

/** Ends that come at once; in each series the ways to bring it about alternate. */
export const ends = {
  panic: [
    {
      begin: typed('echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger'),
      lastLine: /---\[ end Kernel panic - not syncing: .* \]---/,
    },
    { begin: typed('echo null-read >/proc/crash'), lastLine: /---\[ end trace [0-9a-f]{16} \]---/ },
  ],
  qemuExit: [{ begin: async (machine) => signalQemu(machine, 'SIGKILL') }],
  guestExit: [{ begin: typed('poweroff -f') }, { begin: typed('echo o >/proc/sysrq-trigger') }],
  reboot: [{ begin: typed('reboot -f') }, { begin: typed('echo b >/proc/sysrq-trigger') }],
} as const satisfies Record<string, readonly End[]>;

/**
 * From the last byte on the console (of a killed QEMU: from the signal) until the check has its verdict and its machine is put away, and until a bare
 * watcher finds the process gone.
 * @throws Error where a crash's report lacks its last line.
 */
export async function latencies(
  laboratory: Laboratory,
  ways: readonly End[],
  count: number,
  onRun: (run: number) => void,
): Promise<Latencies> {
  const all: Latencies = { verdict: [], gone: [] };
  for (let run = 0; run < count; run += 1) {
    onRun(run);
    const end = ways[run % ways.length] as End;
    const { verdictMs, goneMs } = await timeEnd(laboratory, end);
    all.verdict.push(verdictMs);
    if (end.lastLine === undefined) all.gone.push(goneMs);
  }
  return all;
}

async function timeEnd(laboratory: Laboratory, { begin, lastLine }: End): Promise<{ verdictMs: number; goneMs: number }> {
  const seen: { beganAtMs: number; machine?: Machine; gone?: Promise<number> } = { beganAtMs: 0 };
  const provocation: Provocation = {
    kind: 'latency',
    guest: crashable,
    run: async ({ console, machine }) => {
      const waiting = console.expect(never, { timeoutMs: patientMs });
      waiting.catch(() => {});
      seen.machine = machine;
      seen.gone = goneAt(machine.pid);
      seen.beganAtMs = performance.now();
      await begin(machine);
      await waiting;
    },
  };
  const events: CheckEvent[] = [];
  const result = await laboratory.run(provocation, (event) => events.push(event));
  const verdictAtMs = performance.now();
  if (seen.machine === undefined || seen.gone === undefined) throw new Error(`a machine came to no end: ${result.message}`);
  const report = events.find((event) => event.type === 'crash');
  if (lastLine && !lastLine.test(report?.text ?? '')) throw new Error(`the report lacks its last line: ${report?.text.slice(-500)}`);
  const lastMs = Math.max(seen.beganAtMs, seen.machine.console.lastByteAtMs ?? 0);
  return { verdictMs: verdictAtMs - lastMs, goneMs: (await seen.gone) - lastMs };
}

const pollMs = 5;

/** When the process was found to be gone: what a harness has that only polls. */
async function goneAt(pid: number): Promise<number> {
  for (;;) {
    const isThere = await access(`/proc/${pid}`).then(
      () => true,
      () => false,
    );
    if (!isThere) return performance.now();
    await sleep(pollMs);
  }
}
