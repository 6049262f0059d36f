import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { execa } from 'execa';
import { Console } from '../src/harness/console/console.ts';
import { type BenchOptions, type Metric, metric } from './bench.ts';

const rounds = 3;

/** Reads a file through a pty, as pexpect does it for every program; prints the seconds that it took. */
const pexpectProgram = `
import pexpect, sys, time
path, tuned = sys.argv[1], sys.argv[2] == 'tuned'
options = dict(maxread=65536, searchwindowsize=4096) if tuned else {}
start = time.monotonic()
child = pexpect.spawn('cat', [path], timeout=600, **options)
child.expect('bench-login: ')
print(time.monotonic() - start)
`;

/** The same for Tcl expect, with as large a window as ours. */
const tclProgram = `
log_user 0
set timeout 600
match_max 65536
set start [clock milliseconds]
spawn -noecho cat [lindex $argv 0]
expect -re {bench-(\\w+): } {} timeout { exit 1 } eof { exit 1 }
puts [expr {([clock milliseconds] - $start) / 1000.0}]
`;

interface Rival {
  name: string;
  metric: string;
  sizeBytes: number;
  command: (path: string) => readonly [string, ...string[]];
  /** A command that fails where the rival is not installed. */
  probe: readonly [string, ...string[]];
}

const python = '/usr/bin/python3';
const probePexpect = [python, '-c', 'import pexpect'] as const;
const rivals: readonly Rival[] = [
  {
    name: 'pexpect, default settings',
    metric: 'expect_vs_pexpect_default',
    sizeBytes: 4_000_000,
    command: (path) => [python, '-c', pexpectProgram, path, 'default'],
    probe: probePexpect,
  },
  {
    name: 'pexpect, maxread and searchwindowsize tuned',
    metric: 'expect_vs_pexpect_tuned',
    sizeBytes: 50_000_000,
    command: (path) => [python, '-c', pexpectProgram, path, 'tuned'],
    probe: probePexpect,
  },
  {
    name: 'Tcl expect',
    metric: 'expect_vs_tcl',
    sizeBytes: 50_000_000,
    command: (path) => ['expect', '-c', `set argv [list {${path}}]\n${tclProgram}`],
    probe: ['expect', '-v'],
  },
];

/** The same file read by `cat` for us and for each rival that is installed, in turn. */
export async function rivalMetrics(text: Buffer, lastLine: string, options: BenchOptions & { folder: string }): Promise<Metric[]> {
  const metrics: Metric[] = [];
  for (const rival of rivals) {
    options.signal?.throwIfAborted();
    const [probe, ...probeArguments] = rival.probe;
    if ((await execa(probe, probeArguments, { reject: false })).exitCode !== 0) {
      options.onProgress(`${rival.name} is not installed: left out`);
      continue;
    }
    options.onProgress(`${rival.sizeBytes / 1e6} MB through ${rival.name}`);
    const path = join(options.folder, 'rival.log');
    await writeFile(path, piecesOf(text, rival.sizeBytes, lastLine));
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [program, ...programArguments] = rival.command(path);
      const { stdout } = await execa(program, programArguments, { cancelSignal: options.signal });
      theirs.push(rival.sizeBytes / 1e6 / Number(stdout.trim()));
      ours.push(await fromCat(path, rival.sizeBytes));
    }
    metrics.push(metric(rival.metric, 'MB/s', ours, { name: rival.name, samples: theirs }));
  }
  return metrics;
}

/** Ours: `cat` on a pipe, since Node has no pty. The time includes cat's start, as theirs does. */
async function fromCat(path: string, sizeBytes: number): Promise<number> {
  const startedAtMs = performance.now();
  const cat = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const console = new Console(Duplex.from(cat.stdout));
  try {
    await console.expect(/bench-(\w+): $/, { timeoutMs: 600_000 });
    return sizeBytes / 1000 / (performance.now() - startedAtMs);
  } finally {
    await console[Symbol.asyncDispose]();
  }
}

function* piecesOf(text: Buffer, sizeBytes: number, lastLine: string): Generator<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += text.length) yield text.subarray(0, Math.min(text.length, sizeBytes - sent));
  yield Buffer.from(lastLine);
}
