import { availableParallelism, cpus } from 'node:os';
import { isRunnable, isStopped, msPerTick, readIfThere, type ThreadTimes, threadIds, threadTimes } from './thread-times.ts';

/** What of a time the host kept from a guest, as shares from 0 to 1. */
export interface HostShare {
  readonly spanMs: number;
  /** QEMU's threads wanted a CPU and got none. More threads than host CPUs keep each other from running: that is not counted. */
  readonly waited: number;
  /** QEMU was stopped by a signal. */
  readonly stopped: number;
  /** A host above this host took its CPUs. */
  readonly stolen: number;
  /** All of the host's processes waited for memory. */
  readonly memory: number;
  /** All in all. */
  readonly lost: number;
}

/** Counters since some time, in milliseconds. */
interface Reading {
  readonly atMs: number;
  readonly ranMs: number;
  readonly waitedMs: number;
  readonly stoppedMs: number;
  readonly stolenMs: number;
  readonly memoryMs: number;
}

const intervalMs = 250;
/** Beyond it every second one of the older half goes: the past becomes coarse, and memory stays bounded. */
const maxReadings = 4_096;

export interface HostCpus {
  readonly all: number;
  /** That processes of ours may use. */
  readonly ours: number;
}

const hostCpus: HostCpus = { all: cpus().length, ours: availableParallelism() };

/**
 * Reads four times a second what QEMU's threads got of the host's CPUs, so that a wait that ran out can be laid at the host's door,
 * or not. Costs some 0.1 ms of CPU time each.
 */
export class HostMeter {
  readonly #pid: number;
  readonly #threads = new Map<number, SeenThread>();
  readonly #timer: NodeJS.Timeout;
  #readings: Reading[];

  /** Begins at once; its timer does not keep the process alive. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#readings = [this.#read({ atMs: performance.now(), ranMs: 0, waitedMs: 0, stoppedMs: 0, stolenMs: 0, memoryMs: 0 })];
    this.#timer = setInterval(() => this.#take(), intervalMs).unref();
  }

  /** What was lost from then on, by `performance.now()`, until now. */
  since(fromMs: number): HostShare {
    const now = this.#take();
    const before = this.#readings.findLast(({ atMs }) => atMs <= fromMs) ?? (this.#readings[0] as Reading);
    return shareOf(before, now, hostCpus);
  }

  /** Milliseconds that were lost from then on, by `performance.now()`, until now; none where QEMU is stopped: a wait for it is in vain. */
  keptMs(fromMs: number): number {
    const { lost, spanMs } = this.since(fromMs);
    return isStopped(this.#pid) ? 0 : lost * Math.min(spanMs, performance.now() - fromMs);
  }

  /** The greatest share, 0 to 1, of any time of that length that the host kept from the guest. */
  worst(lengthMs: number): number {
    let worst = 0;
    let first = 0;
    for (const after of this.#readings) {
      while ((this.#readings[first + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= after.atMs - lengthMs) first += 1;
      const { lost, spanMs } = shareOf(this.#readings[first] as Reading, after, hostCpus);
      worst = Math.max(worst, (lost * Math.min(spanMs, lengthMs)) / lengthMs);
    }
    return worst;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #take(): Reading {
    const now = this.#read(this.#readings.at(-1) as Reading);
    this.#readings.push(now);
    if (this.#readings.length > maxReadings) this.#readings = this.#readings.filter((_, at) => at % 2 === 0 || at > maxReadings / 2);
    return now;
  }

  #read(last: Reading): Reading {
    const atMs = performance.now();
    const { ranMs, waitedMs } = this.#threadsSpent(atMs - last.atMs);
    return {
      atMs,
      ranMs: last.ranMs + ranMs,
      waitedMs: last.waitedMs + waitedMs,
      stoppedMs: last.stoppedMs + (isStopped(this.#pid) ? atMs - last.atMs : 0),
      stolenMs: stolenMs(),
      memoryMs: memoryStallMs(),
    };
  }

  /** By all threads since the last time, `spanMs` ago. */
  #threadsSpent(spanMs: number): ThreadTimes {
    const spent = { ranMs: 0, waitedMs: 0 };
    for (const id of this.#threadIds()) {
      const now = timesOf(this.#pid, id);
      if (now === undefined) continue;
      const before = this.#threads.get(id) ?? { ranMs: 0, waitedMs: 0, aheadMs: 0 };
      const ranMs = Math.max(0, now.ranMs - before.ranMs);
      const isStill = now.ranMs === before.ranMs && now.waitedMs === before.waitedMs;
      const since = waitedSince(
        before.aheadMs,
        Math.max(0, now.waitedMs - before.waitedMs),
        isStill && isRunnable(this.#pid, id) ? spanMs : 0,
      );
      spent.ranMs += ranMs;
      spent.waitedMs += since.waitedMs;
      this.#threads.set(id, { ...now, aheadMs: since.aheadMs });
    }
    return spent;
  }

  #threadIds(): number[] {
    try {
      return threadIds(this.#pid);
    } catch {
      // QEMU is gone.
      this.stop();
      return [];
    }
  }
}

interface SeenThread extends ThreadTimes {
  /** Waiting that was seen, and that the host's kernel has yet to count. */
  readonly aheadMs: number;
}

/**
 * How long a thread waited. The host's kernel counts a wait for a CPU when it is over: until then nothing tells it from sleep but the thread's state.
 * @param countedMs What it has counted since the last time.
 * @param seenMs How long the thread could have run meanwhile, and nothing was counted.
 */
export function waitedSince(aheadMs: number, countedMs: number, seenMs: number): { waitedMs: number; aheadMs: number } {
  const isSeenAlready = Math.min(aheadMs, countedMs);
  return { waitedMs: countedMs - isSeenAlready + seenMs, aheadMs: aheadMs - isSeenAlready + seenMs };
}

/** Undefined for a thread that has just ended. */
function timesOf(pid: number, id: number): ThreadTimes | undefined {
  try {
    return threadTimes(pid, id);
  } catch {
    return undefined;
  }
}

/** What the host kept from the guest between two readings. */
export function shareOf(before: Reading, after: Reading, { all, ours }: HostCpus): HostShare {
  const spanMs = Math.max(1, after.atMs - before.atMs);
  const ran = (after.ranMs - before.ranMs) / spanMs;
  const wanted = ran + (after.waitedMs - before.waitedMs) / spanMs;
  const due = Math.min(wanted, ours);
  const waited = share(Math.max(0, due - ran) / Math.max(1, due));
  const stopped = share((after.stoppedMs - before.stoppedMs) / spanMs);
  const stolen = share((after.stolenMs - before.stolenMs) / spanMs / all);
  const memory = share((after.memoryMs - before.memoryMs) / spanMs);
  return { spanMs, waited, stopped, stolen, memory, lost: share(Math.max(waited + stopped, stolen, memory)) };
}

function share(value: number): number {
  return Math.max(0, Math.min(1, value));
}

/** Of all CPUs together (proc(5), /proc/stat, `steal`); 0 on a host that is no virtual machine. */
function stolenMs(): number {
  const [, ...columns] = readIfThere('/proc/stat')?.split('\n', 1)[0]?.split(/\s+/) ?? [];
  return Number(columns[7] ?? 0) * msPerTick;
}

/** (Linux Documentation/accounting/psi.rst); 0 where the host's kernel does not measure it. */
function memoryStallMs(): number {
  const total = /^full .*total=(\d+)/m.exec(readIfThere('/proc/pressure/memory') ?? '')?.[1];
  return Number(total ?? 0) / 1_000;
}
