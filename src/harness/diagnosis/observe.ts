import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BringupError } from '../../model/errors.ts';
import type { QmpClient } from '../qmp/client.ts';
import { isStopped, type ThreadTimes, threadIds, threadTimes } from '../time/thread-times.ts';
import { busyShare } from './decide.ts';
import type { DiskActivity, GuestActivity, VcpuActivity } from './guest-activity.ts';
import { parseRegisters, type VcpuRegisters } from './registers.ts';

const statusSchema = z.object({ status: z.string() });
const cpusSchema = z.array(z.object({ 'cpu-index': z.number(), 'thread-id': z.number() }));
const diskSchema = z.array(
  z.object({ stats: z.object({ rd_operations: z.number(), wr_operations: z.number(), flush_operations: z.number() }) }),
);

/** Long against a clock tick (10 ms), short against a person's patience. */
const observedMs = 300;
/** Where the vCPUs are is looked at that often in that time. */
const looks = 8;
/** A busy vCPU's registers say something once it ran for this long: on a loaded host that takes a while. */
const enoughMs = 50;
const longestMs = 3_000;
const qmpTimeoutMs = 2_000;

/**
 * Watches the vCPUs' threads and registers and the disks' counters for 0.3 s, on a loaded host for 3 s at most. A QEMU that can't
 * answer is an answer.
 * @throws BringupError `qmp-command-failed`, `harness-fault`: an answer that can't be read.
 */
export async function observeGuest(pid: number, qmp: QmpClient): Promise<GuestActivity> {
  const ask = (command: string, args = {}): Promise<unknown> => qmp.execute(command, args, { timeoutMs: qmpTimeoutMs });
  const ranBeforeMs = processRanMs(pid);
  try {
    const { status } = statusSchema.parse(await ask('query-status'));
    const cpus = cpusSchema.parse(await ask('query-cpus-fast'));
    const disksBefore = sumOf(diskSchema.parse(await ask('query-blockstats')));
    const times = (): ThreadTimes[] => cpus.map((cpu) => threadTimes(pid, cpu['thread-id']));
    const before = times();
    const startedAt = performance.now();
    const seen: ReadonlyMap<number, VcpuRegisters>[] = [];
    for (;;) {
      seen.push(parseRegisters(await registers(ask)));
      const elapsedMs = performance.now() - startedAt;
      if (seen.length >= looks && (elapsedMs >= longestMs || times().every((now, cpu) => isEnough(now, before[cpu], elapsedMs)))) break;
      await sleep(observedMs / (looks - 1));
    }
    const after = times();
    const elapsedMs = performance.now() - startedAt;
    const vcpus = cpus.map((cpu, at): VcpuActivity => {
      const { ranMs, demandMs } = spent(after[at], before[at]);
      const own = seen.flatMap((look) => look.get(cpu['cpu-index']) ?? []);
      return {
        index: cpu['cpu-index'],
        busy: Math.min(1, demandMs / elapsedMs),
        ran: Math.min(1, ranMs / elapsedMs),
        places: own.map(({ pc, privilege }) => ({ pc, privilege })),
        isMoving: own.some(({ text }) => text !== own[0]?.text),
      };
    });
    const disks = difference(sumOf(diskSchema.parse(await ask('query-blockstats'))), disksBefore);
    return { qmp: 'answers', status, observedMs: elapsedMs, vcpus, disks };
  } catch (error) {
    // One that ran meanwhile is stopped by turns: that is a host that leaves it too little, not a debugger.
    if (isSilence(error)) return { qmp: 'silent', isStopped: isStopped(pid) && processRanMs(pid) === ranBeforeMs };
    if (error instanceof BringupError) throw error;
    throw new BringupError('harness-fault', `the guest could not be observed: ${error}`, { cause: error });
  }
}

/** What all threads of a process ran; undefined where it is gone. */
function processRanMs(pid: number): number | undefined {
  try {
    return threadIds(pid).reduce((sum, thread) => sum + threadTimes(pid, thread).ranMs, 0);
  } catch {
    return undefined;
  }
}

/** Idle, or it ran for long enough. */
function isEnough(now: ThreadTimes, before: ThreadTimes | undefined, elapsedMs: number): boolean {
  const { ranMs, demandMs } = spent(now, before);
  return ranMs >= enoughMs || demandMs < busyShare * elapsedMs;
}

function spent(after: ThreadTimes | undefined, before: ThreadTimes | undefined): { ranMs: number; demandMs: number } {
  const ranMs = Math.max(0, (after?.ranMs ?? 0) - (before?.ranMs ?? 0));
  return { ranMs, demandMs: ranMs + Math.max(0, (after?.waitedMs ?? 0) - (before?.waitedMs ?? 0)) };
}

/** No answer, no connection, or no process any more. */
function isSilence(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'qmp-timeout' || code === 'qmp-protocol' || code === 'ENOENT' || code === 'ESRCH';
}

/** Empty where QEMU does not tell. */
async function registers(ask: (command: string, args: object) => Promise<unknown>): Promise<string> {
  return String(await ask('human-monitor-command', { 'command-line': 'info registers -a' }).catch(() => ''));
}

function sumOf(disks: z.infer<typeof diskSchema>): DiskActivity {
  const sum = { reads: 0, writes: 0, flushes: 0 };
  for (const { stats } of disks) {
    sum.reads += stats.rd_operations;
    sum.writes += stats.wr_operations;
    sum.flushes += stats.flush_operations;
  }
  return sum;
}

function difference(after: DiskActivity, before: DiskActivity): DiskActivity {
  return { reads: after.reads - before.reads, writes: after.writes - before.writes, flushes: after.flushes - before.flushes };
}
