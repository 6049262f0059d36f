import { readdirSync, readFileSync } from 'node:fs';

/** What a thread spent its life with, in milliseconds of host time. */
export interface ThreadTimes {
  readonly ranMs: number;
  /** It could have run, but waited for a CPU. 0 where the host's kernel does not count it. */
  readonly waitedMs: number;
}

/** USER_HZ is 100 on every architecture that Linux runs Node on. */
export const msPerTick = 10;

/**
 * Times of one thread (Linux Documentation/scheduler/sched-stats.rst; without it, proc(5), in ticks). Read at once: it takes some
 * microseconds, and the file system of /proc never waits for a disk.
 * @throws Error `ENOENT`, `ESRCH` where the thread is gone.
 */
export function threadTimes(pid: number, threadId: number): ThreadTimes {
  const folder = `/proc/${pid}/task/${threadId}`;
  const [ranNs, waitedNs] = readIfThere(`${folder}/schedstat`)?.split(' ').map(Number) ?? [];
  if (ranNs !== undefined && waitedNs !== undefined) return { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 };
  const fields = statFields(readFileSync(`${folder}/stat`, 'utf8'));
  return { ranMs: (Number(fields[11]) + Number(fields[12])) * msPerTick, waitedMs: 0 };
}

/** Whether a thread runs, or could: proc(5), state R. */
export function isRunnable(pid: number, threadId: number): boolean {
  const stat = readIfThere(`/proc/${pid}/task/${threadId}/stat`);
  return stat !== undefined && statFields(stat)[0] === 'R';
}

/** Threads of a process. @throws Error `ENOENT`, `ESRCH` where it is gone. */
export function threadIds(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/** Whether a process was stopped by a signal (SIGSTOP, a debugger): proc(5), states T and t. */
export function isStopped(pid: number): boolean {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat !== undefined && /^[Tt]$/.test(statFields(stat)[0] ?? '');
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The fields from the third on; the second is the thread's name in parentheses and may hold anything. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
