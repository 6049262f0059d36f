import assert from 'node:assert/strict';
import type { CheckContext } from './define.ts';

/** What a guest's programs hold. What its kernel has no file for is left out. */
export interface Usage {
  /** `name state` of every process but the kernel's own threads, in order. */
  readonly processes: readonly string[];
  /** That the guest has: kernels keep some of everything for each. */
  readonly cpus: number;
  /** Open descriptors of all processes. */
  readonly descriptors?: number;
  /** Open files as the kernel counts them (proc(5), /proc/sys/fs/file-nr). */
  readonly files?: number;
  /** MemAvailable of /proc/meminfo, with the caches dropped. */
  readonly availableKiB?: number;
}

/** Linux counts them on each CPU, in lots of 32 (lib/percpu_counter.c): two such lots. */
const filesToleranceOfCpu = 64;
/** For slabs that fill up, and lists of free pages of each CPU; what leaks at each of the calls that checks make by the dozen is more. */
const memoryToleranceKiB = 1024;
const memoryToleranceOfCpuKiB = 1024;
/** What was told to end may take a moment. */
const settleTries = 10;

/** In the shell itself, and through a file: no other shell has its jobs. */
const killJobs = 'jobs -p > /tmp/jobs; for job in $(cat /tmp/jobs); do kill -KILL $job; done; wait';
const dropFilesAndCaches = 'rm -rf /tmp/*; sync; echo 3 > /proc/sys/vm/drop_caches';

/** Ends the jobs that a check has left in the shells, on purpose. */
export async function endJobs({ shell, consoleShell, signal }: Pick<CheckContext, 'shell' | 'consoleShell' | 'signal'>): Promise<void> {
  for (const each of new Set([shell, consoleShell])) await each.run(killJobs, { signal });
}

/** Kernel threads are children of process 2. */
const listing = [
  'awk \'/^Name:/ { name = $2 } /^State:/ { state = $2 } /^Pid:/ { pid = $2 } /^PPid:/ && pid != 2 && $2 != 2 { print "process", name, state == "Z" ? "zombie" : "alive" }\' /proc/[0-9]*/status',
  'echo cpus $(grep -c ^processor /proc/cpuinfo)',
  'set -- /proc/[0-9]*/fd/*; echo descriptors $#',
  'awk \'{ print "files", $1 - $2 }\' /proc/sys/fs/file-nr',
  'awk \'/^MemAvailable:/ { print "available", $2 }\' /proc/meminfo',
].join('; ');

/** Drops the files in /tmp and the caches, and measures. @throws AssertionError where the guest can't even list its processes. */
export async function measureUsage({ shell, signal }: Pick<CheckContext, 'shell' | 'signal'>): Promise<Usage> {
  await shell.run(dropFilesAndCaches, { captured: true, signal });
  const { output } = await shell.run(`{ ${listing}; } 2>/dev/null`, { captured: true, signal });
  return readUsage(output);
}

/** Reads what the listing prints. @throws AssertionError where it names no process. */
export function readUsage(output: string): Usage {
  const number = (name: string): number | undefined => {
    const digits = new RegExp(`^${name} (\\d+)$`, 'm').exec(output)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const processes = [...output.matchAll(/^process (.*)$/gm)].map(([, process = '']) => process).sort();
  assert.ok(processes.length > 0, `the guest lists its processes; it printed: ${output}`);
  const [descriptors, files, availableKiB] = [number('descriptors'), number('files'), number('available')];
  return {
    processes,
    cpus: Math.max(1, number('cpus') ?? 1),
    ...(descriptors !== undefined && { descriptors }),
    ...(files !== undefined && { files }),
    ...(availableKiB !== undefined && { availableKiB }),
  };
}

/** What grew: `leaks` in words where it is more than the tolerance, `figures` in any case. */
export function compareUsage(before: Usage, after: Usage): { leaks: readonly string[]; figures: Record<string, number> } {
  const leaks: string[] = [];
  const figures: Record<string, number> = { leak_processes: after.processes.length - before.processes.length };
  if (before.processes.join() !== after.processes.join()) {
    leaks.push(`processes before: ${before.processes.join(', ')}; after: ${after.processes.join(', ')}`);
  }
  if (before.descriptors !== undefined && after.descriptors !== undefined) {
    const grown = after.descriptors - before.descriptors;
    figures.leak_descriptors = grown;
    if (grown !== 0) leaks.push(`as many open descriptors; ${before.descriptors} became ${after.descriptors}`);
  }
  if (before.files !== undefined && after.files !== undefined) {
    const grown = after.files - before.files;
    figures.leak_files = grown;
    const tolerance = filesToleranceOfCpu * before.cpus;
    if (grown > tolerance) leaks.push(`at most ${tolerance} more open files; ${before.files} became ${after.files}`);
  }
  if (before.availableKiB !== undefined && after.availableKiB !== undefined) {
    const lost = before.availableKiB - after.availableKiB;
    figures.leak_memory_kib = lost;
    const toleranceKiB = memoryToleranceKiB + memoryToleranceOfCpuKiB * before.cpus;
    if (lost > toleranceKiB)
      leaks.push(`at most ${toleranceKiB} KiB less available; ${before.availableKiB} became ${after.availableKiB} KiB`);
  }
  return { leaks, figures };
}

/**
 * Measures until nothing is leaked, or often enough, and gives the figures.
 * @throws AssertionError naming what is left behind.
 */
export async function assertNothingLeaked(
  before: Usage,
  { shell, signal }: Pick<CheckContext, 'shell' | 'signal'>,
): Promise<Record<string, number>> {
  for (let tries = 1; ; tries += 1) {
    const { leaks, figures } = compareUsage(before, await measureUsage({ shell, signal }));
    if (leaks.length === 0) return figures;
    if (tries === settleTries) assert.fail(`left behind: ${leaks.join('; ')}`);
    await shell.run('sleep 0.2', { signal });
  }
}
