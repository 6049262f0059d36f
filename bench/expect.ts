import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Console } from '../src/harness/console/console.ts';
import { replayLog } from '../src/harness/console/replay.ts';
import { CrashDetector } from '../src/parsers/crash.ts';
import { type Bench, type BenchOptions, type Metric, metric } from './bench.ts';
import { crashLogMetrics } from './crash-log.ts';
import { rivalMetrics } from './expect-rivals.ts';

const chunkBytes = 65_536;
const largeBytes = 500_000_000;
const smallBytes = 125_000_000;
const rounds = 5;
/** What is waited for: it comes once, at the end. */
const pattern = /bench-(\w+): $/;
const lastLine = 'bench-login: ';

interface Sample {
  megabytesPerSecond: number;
  heapGrowthMiB: number;
}

export const bench: Bench = { name: 'expect', run };

/**
 * How fast a console takes text while a regular expression is pending over its window of 64 KiB, the spool file written
 * and escape sequences removed, against a bare loop that does neither.
 */
async function run({ onProgress, signal }: BenchOptions): Promise<Metric[]> {
  // In memory where there is such a place: the console is measured, not the disk.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bringup-bench-'));
  const spoolPath = join(folder, 'console.log');
  const text = consoleText(16 << 20);
  try {
    onProgress('warming up');
    bareLoop(text, smallBytes);
    await throughConsole(text, smallBytes, { spoolPath });

    const bare: number[] = [];
    const pending: Sample[] = [];
    const small: Sample[] = [];
    const acrossLines: Sample[] = [];
    const watched: Sample[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      signal?.throwIfAborted();
      onProgress(`round ${round} of ${rounds}: ${largeBytes / 1e6} MB each through a bare loop and a console`);
      bare.push(bareLoop(text, largeBytes));
      pending.push(await throughConsole(text, largeBytes, { spoolPath }));
      small.push(await throughConsole(text, smallBytes, { spoolPath }));
      acrossLines.push(await throughConsole(text, smallBytes, { spoolPath, pattern: /panic\s+now|bench-(\w+): $/ }));
      watched.push(await throughConsole(text, smallBytes, { spoolPath, watch: true }));
    }
    const speeds = (samples: readonly Sample[]): number[] => samples.map(({ megabytesPerSecond }) => megabytesPerSecond);
    const bareNode = { name: 'bare Node loop', samples: bare };
    const linearity = pending.map(({ megabytesPerSecond }, round) => (small[round]?.megabytesPerSecond ?? Number.NaN) / megabytesPerSecond);
    return [
      metric('expect_regex_pending', 'MB/s', speeds(pending), bareNode),
      metric('expect_regex_across_lines', 'MB/s', speeds(acrossLines), bareNode),
      metric('expect_with_watchers', 'MB/s', speeds(watched), bareNode),
      metric('expect_linearity', 'ratio of ns/byte, 500 MB to 125 MB', linearity),
      worst(
        metric(
          'expect_heap_growth',
          'MiB',
          pending.map(({ heapGrowthMiB }) => heapGrowthMiB),
        ),
      ),
      ...crashLogMetrics({ onProgress, signal }),
      ...(await rivalMetrics(text, lastLine, { folder, onProgress, signal })),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of a bound, the worst sample counts. */
function worst(bounded: Metric): Metric {
  return { ...bounded, value: Math.max(...bounded.samples) };
}

/** Text as a kernel and its init print it: numbered lines with CR LF, one in ten coloured. */
function consoleText(sizeBytes: number): Buffer {
  const lines: string[] = [];
  for (let length = 0, k = 0; length < sizeBytes; k += 1) {
    const line =
      k % 10 === 0
        ? `[\x1b[0;32m  OK  \x1b[0m] Started unit-${k}.service - a service of the bench.\r\n`
        : `[${(k / 1000).toFixed(6).padStart(12)}] virtio_blk virtio${k % 7}: [vda] ${k} 512-byte logical blocks (1.07 GB/1.00 GiB)\r\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(''), 'latin1');
}

function* chunksOf(text: Buffer, totalBytes: number): Generator<Buffer> {
  for (let sent = 0, at = 0; sent < totalBytes; ) {
    const chunk = text.subarray(at, at + chunkBytes);
    yield chunk;
    sent += chunk.length;
    at = at + chunkBytes < text.length ? at + chunkBytes : 0;
  }
  yield Buffer.from(lastLine);
}

/** The least that a program could do: the same window and pattern, no escape sequences, no spool, no stream. */
function bareLoop(text: Buffer, totalBytes: number): number {
  const startedAtMs = performance.now();
  let window = '';
  for (const chunk of chunksOf(text, totalBytes)) {
    window = (window + chunk.toString('latin1')).slice(-chunkBytes);
    if (pattern.test(window)) return totalBytes / 1000 / (performance.now() - startedAtMs);
  }
  throw new Error('the bare loop did not find the pattern');
}

async function throughConsole(
  text: Buffer,
  totalBytes: number,
  options: { spoolPath: string; pattern?: RegExp; watch?: boolean },
): Promise<Sample> {
  await rm(options.spoolPath, { force: true });
  const heapBefore = process.memoryUsage().heapUsed;
  let heapMost = heapBefore;
  const startedAtMs = performance.now();
  const console = new Console(replayLog(chunksOf(text, totalBytes), { chunkBytes }), { spoolPath: options.spoolPath });
  try {
    let chunks = 0;
    console.onBytes(() => {
      chunks += 1;
      if (chunks % 64 === 0) heapMost = Math.max(heapMost, process.memoryUsage().heapUsed);
    });
    if (options.watch) {
      const detector = new CrashDetector();
      console.onLine((line) => {
        if (detector.line(line).length > 0) throw new Error('the text of the bench holds a crash');
      });
    }
    await console.expect(options.pattern ?? pattern, { timeoutMs: 600_000 });
    const elapsedMs = performance.now() - startedAtMs;
    if (console.spoolError !== undefined) throw console.spoolError;
    return { megabytesPerSecond: totalBytes / 1000 / elapsedMs, heapGrowthMiB: (heapMost - heapBefore) / 2 ** 20 };
  } finally {
    await console[Symbol.asyncDispose]();
  }
}
