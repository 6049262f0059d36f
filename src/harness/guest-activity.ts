import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BringupError } from '../model/errors.ts';
import type { QmpClient } from './qmp/client.ts';

export interface VcpuActivity {
  readonly index: number;
  /** Share of the sample in which the vCPU's host thread ran or waited for a host CPU, 0 to 1. */
  readonly busy: number;
  /** Share of the sample in which it ran, 0 to 1. */
  readonly ran: number;
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

/**
 * Samples the vCPUs' threads for 0.3 s and asks QEMU for its state. A QEMU that can't answer is an answer.
 * @throws BringupError `qmp-command-failed`, `harness-fault`: an answer that can't be read.
 */
export async function observeGuest(pid: number, qmp: QmpClient): Promise<GuestActivity> {
  try {
    const { status } = statusSchema.parse(await qmp.execute('query-status', {}, { timeoutMs: qmpTimeoutMs }));
    const cpus = cpusSchema.parse(await qmp.execute('query-cpus-fast', {}, { timeoutMs: qmpTimeoutMs }));
    const times = (): Promise<ThreadTimes[]> => Promise.all(cpus.map((cpu) => threadTimes(pid, cpu['thread-id'])));
    const before = await times();
    const startedAt = performance.now();
    await sleep(sampleMs);
    const after = await times();
    const elapsedMs = performance.now() - startedAt;
    const pcs = await readProgramCounters(qmp);
    const share = (index: number, of: keyof ThreadTimes): number => {
      const spentMs = (after[index]?.[of] ?? 0) - (before[index]?.[of] ?? 0);
      return Math.max(0, Math.min(1, spentMs / elapsedMs));
    };
    const vcpus = cpus.map((cpu, index) => ({
      index: cpu['cpu-index'],
      busy: share(index, 'demandMs'),
      ran: share(index, 'ranMs'),
      pc: pcs.get(cpu['cpu-index']),
    }));
    return { qmp: 'answers', status, vcpus };
  } catch (error) {
    if (isSilence(error)) return { qmp: 'silent' };
    if (error instanceof BringupError) throw error;
    throw new BringupError('harness-fault', `the guest could not be observed: ${error}`, { cause: error });
  }
}

/** No answer, no connection, or no process any more. */
function isSilence(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'qmp-timeout' || code === 'qmp-protocol' || code === 'ENOENT' || code === 'ESRCH';
}

/** Where each vCPU is; empty where QEMU does not tell. */
async function readProgramCounters(qmp: QmpClient): Promise<Map<number, string>> {
  const question = { 'command-line': 'info registers -a' };
  const registers = await qmp.execute('human-monitor-command', question, { timeoutMs: qmpTimeoutMs }).catch(() => '');
  return programCounters(String(registers));
}

interface ThreadTimes {
  readonly ranMs: number;
  /** It ran, or waited for a CPU. */
  readonly demandMs: number;
}

/**
 * What a thread spent its life with: a vCPU that spins on a loaded host gets little time, but wants all of it.
 * (Linux Documentation/scheduler/sched-stats.rst; without it, the time it ran by proc(5), in ticks.)
 */
async function threadTimes(pid: number, threadId: number): Promise<ThreadTimes> {
  const folder = `/proc/${pid}/task/${threadId}`;
  const schedstat = await readFile(`${folder}/schedstat`, 'utf8').catch(() => undefined);
  if (schedstat !== undefined) {
    const [ranNs = 0, waitedNs = 0] = schedstat.split(' ').map(Number);
    return { ranMs: ranNs / 1e6, demandMs: (ranNs + waitedNs) / 1e6 };
  }
  const stat = await readFile(`${folder}/stat`, 'utf8');
  // The second field is the thread's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ranMs = (Number(fields[11]) + Number(fields[12])) * msPerTick;
  return { ranMs, demandMs: ranMs };
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
