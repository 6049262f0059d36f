import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { QmpClient } from './qmp/client.ts';

export interface VcpuActivity {
  readonly index: number;
  /** Share of the sample in which the vCPU's host thread had a host CPU, 0 to 1. */
  readonly busy: number;
  /** Program counter at the sample's end, `0x` and hexadecimal digits. */
  readonly pc: string | undefined;
}

/** What the outside can see of a guest that keeps us waiting. */
export type GuestActivity =
  | { readonly qmp: 'silent' }
  | {
      readonly qmp: 'answers';
      /** QEMU's run state (qapi/run-state.json), `running` mostly. */
      readonly status: string;
      readonly vcpus: readonly VcpuActivity[];
    };

const statusSchema = z.object({ status: z.string() });
const cpusSchema = z.array(z.object({ 'cpu-index': z.number(), 'thread-id': z.number() }));

/** Long against a clock tick (10 ms), short against a person's patience. */
const sampleMs = 300;
const qmpTimeoutMs = 2_000;

/** Samples the vCPUs' threads for 0.3 s and asks QEMU for its state. Never throws: a QEMU that can't answer is an answer. */
export async function observeGuest(pid: number, qmp: QmpClient): Promise<GuestActivity> {
  try {
    const { status } = statusSchema.parse(await qmp.execute('query-status', {}, { timeoutMs: qmpTimeoutMs }));
    const cpus = cpusSchema.parse(await qmp.execute('query-cpus-fast', {}, { timeoutMs: qmpTimeoutMs }));
    const ticks = (): Promise<number[]> => Promise.all(cpus.map((cpu) => threadTicks(pid, cpu['thread-id'])));
    const before = await ticks();
    const startedAt = performance.now();
    await sleep(sampleMs);
    const after = await ticks();
    const elapsedTicks = ((performance.now() - startedAt) / 1000) * ticksPerSecond;
    const registers = String(await qmp.execute('human-monitor-command', { 'command-line': 'info registers -a' }, { timeoutMs: qmpTimeoutMs }));
    const pcs = programCounters(registers);
    const vcpus = cpus.map((cpu, index) => ({
      index: cpu['cpu-index'],
      busy: Math.min(1, ((after[index] ?? 0) - (before[index] ?? 0)) / elapsedTicks),
      pc: pcs.get(cpu['cpu-index']),
    }));
    return { qmp: 'answers', status, vcpus };
  } catch {
    return { qmp: 'silent' };
  }
}

/** USER_HZ, which is 100 on every architecture that Linux runs Node on (proc(5)). */
const ticksPerSecond = 100;

async function threadTicks(pid: number, threadId: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/task/${threadId}/stat`, 'utf8');
  // The second field is the thread's name in parentheses and may hold anything (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Program counters in the text of QEMU's `info registers -a`, by vCPU. */
export function programCounters(registers: string): Map<number, string> {
  const found = new Map<number, string>();
  let cpu = 0;
  for (const match of registers.matchAll(/^CPU#(\d+)|\b(?:PC|RIP)=([0-9a-f]+)/gm)) {
    if (match[1] !== undefined) cpu = Number(match[1]);
    else if (!found.has(cpu)) found.set(cpu, `0x${match[2]}`);
  }
  return found;
}
