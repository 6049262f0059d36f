import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { QmpClient } from './qmp/client.ts';

export interface VcpuActivity {
  readonly index: number;
  /** Share of the sample in which the vCPU's host thread ran or waited for a host CPU, 0 to 1. */
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
    const demands = (): Promise<number[]> => Promise.all(cpus.map((cpu) => threadDemandMs(pid, cpu['thread-id'])));
    const before = await demands();
    const startedAt = performance.now();
    await sleep(sampleMs);
    const after = await demands();
    const elapsedMs = performance.now() - startedAt;
    const registers = String(
      await qmp.execute('human-monitor-command', { 'command-line': 'info registers -a' }, { timeoutMs: qmpTimeoutMs }),
    );
    const pcs = programCounters(registers);
    const vcpus = cpus.map((cpu, index) => ({
      index: cpu['cpu-index'],
      busy: Math.max(0, Math.min(1, ((after[index] ?? 0) - (before[index] ?? 0)) / elapsedMs)),
      pc: pcs.get(cpu['cpu-index']),
    }));
    return { qmp: 'answers', status, vcpus };
  } catch {
    return { qmp: 'silent' };
  }
}

/**
 * Time that a thread ran or waited for a CPU, in milliseconds: a vCPU that spins on a loaded host gets little time, but
 * wants all of it. (Linux Documentation/scheduler/sched-stats.rst; without it, the time it ran by proc(5), in ticks.)
 */
async function threadDemandMs(pid: number, threadId: number): Promise<number> {
  const folder = `/proc/${pid}/task/${threadId}`;
  const schedstat = await readFile(`${folder}/schedstat`, 'utf8').catch(() => undefined);
  if (schedstat !== undefined) {
    const [ranNs = 0, waitedNs = 0] = schedstat.split(' ').map(Number);
    return (ranNs + waitedNs) / 1e6;
  }
  const stat = await readFile(`${folder}/stat`, 'utf8');
  // The second field is the thread's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** USER_HZ is 100 on every architecture that Linux runs Node on. */
const msPerTick = 10;

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
