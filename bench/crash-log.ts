import { CrashDetector } from '../src/parsers/crash.ts';
import { LineSplitter } from '../src/parsers/lines.ts';
import { type BenchOptions, type Metric, metric } from './bench.ts';

const chunkBytes = 262_144;
const totalBytes = 50_000_000;
const reports = 1_000;
const rounds = 5;

/** How fast `bringup parse --crash` reads a long log of a kernel that oopses again and again, against a loop that only splits it into lines. */
export function crashLogMetrics({ onProgress, signal }: BenchOptions): Metric[] {
  const log = crashLog();
  const bare: number[] = [];
  const parsed: number[] = [];
  bareLoop(log);
  parse(log);
  for (let round = 1; round <= rounds; round += 1) {
    signal?.throwIfAborted();
    onProgress(`round ${round} of ${rounds}: ${totalBytes / 1e6} MB with ${reports} oopses`);
    bare.push(bareLoop(log));
    parsed.push(parse(log));
  }
  return [metric('expect_crash_reports', 'MB/s', parsed, { name: 'bare line-splitting loop', samples: bare })];
}

/** Ordinary lines with time stamps, and an oops of AArch64 after each thousandth part. */
function crashLog(): Buffer {
  const parts: string[] = [];
  let [length, seconds] = [0, 1];
  const add = (text: string): void => {
    const line = `[${seconds.toFixed(6).padStart(12)}] ${text}\r\n`;
    parts.push(line);
    length += line.length;
  };
  for (let report = 0; report < reports; report += 1) {
    const end = ((report + 1) * totalBytes) / reports - 3_000;
    for (; length < end; seconds += 0.001)
      add(`virtio_blk virtio${report % 7}: [vda] ${length} 512-byte logical blocks (1.07 GB/1.00 GiB)`);
    for (const line of oops(report)) add(line);
    seconds += 2;
  }
  return Buffer.from(parts.join(''), 'latin1');
}

function oops(count: number): string[] {
  const frames = 'bench_read vfs_read ksys_read __arm64_sys_read invoke_syscall el0_svc_common do_el0_svc el0_svc el0t_64_sync'.split(' ');
  return [
    `Unable to handle kernel NULL pointer dereference at virtual address ${count.toString(16).padStart(16, '0')}`,
    'Mem abort info:',
    '  ESR = 0x0000000096000004',
    `Internal error: Oops: 0000000096000004 [#${count + 1}] SMP`,
    `CPU: ${count % 4} PID: ${100 + count} Comm: sh Tainted: G      D            6.1.0 #1`,
    'pc : bench_read+0x10/0x20 [bench]',
    'lr : vfs_read+0x1c/0x40',
    ...Array.from({ length: 10 }, (_, k) => `x${3 * k}: ffff80000a1b3d00 x${3 * k + 1}: ffff000004a3b200 x${3 * k + 2}: 0000000000000000`),
    'Call trace:',
    ...frames.map((name) => ` ${name}+0x10/0x20`),
    'Code: d503201f d503201f d503201f d503201f (f9400000)',
    '---[ end trace 0000000000000000 ]---',
  ];
}

function bareLoop(log: Buffer): number {
  const startedAtMs = performance.now();
  let [lines, rest] = [0, ''];
  for (let at = 0; at < log.length; at += chunkBytes) {
    const pieces = (rest + log.toString('latin1', at, at + chunkBytes)).split('\n');
    rest = pieces.pop() ?? '';
    lines += pieces.length;
  }
  if (lines < reports) throw new Error('the bare loop lost lines');
  return log.length / 1000 / (performance.now() - startedAtMs);
}

function parse(log: Buffer): number {
  const startedAtMs = performance.now();
  const splitter = new LineSplitter();
  const detector = new CrashDetector();
  let found = 0;
  for (let at = 0; at < log.length; at += chunkBytes) {
    for (const line of splitter.push(log.subarray(at, at + chunkBytes))) {
      for (const event of detector.line(line)) if (event.type === 'crash' && event.function?.startsWith('bench')) found += 1;
    }
  }
  found += detector.end().length;
  if (found !== reports) throw new Error(`expected ${reports} reports with their function, got ${found}`);
  return log.length / 1000 / (performance.now() - startedAtMs);
}
