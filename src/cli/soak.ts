import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { endingSignals } from '../model/ending-signals.ts';
import { readRecord, recordFile, soakFile, writeAtomic } from '../reporters/index.ts';
import type { Command, CommandIo, ExitCode } from './command.ts';
import { newRunId } from './run/provenance.ts';
import { readSoakRequest, type SoakRequest } from './soak/request.ts';
import { noRounds, summaryOf, withRound } from './soak/tally.ts';

export const command: Command = {
  name: 'soak',
  summary: 'run phases round after round, each with other seeds',
  usage: `usage: bringup soak PHASE... (--for DURATION | --iterations N) [--out DIR] [options of bringup run]

  --for DURATION   begin new rounds for so long: 90s, 30m, 8h
  --iterations N   so many rounds
  --out DIR        folder for soak.json and the rounds' records (default reports/soak-<run id>); the reports of a round that passed
                   are removed, its record stays

Each round is a \`bringup run\`, with new seeds for what checks make of seeds; \`bringup run ... --iteration N\` does round N again.

Exit code: 0 all rounds passed, 1 a check failed, 2 wrong usage or configuration, 3 infrastructure only.
`,
  run,
};

async function run(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const request = readSoakRequest(argv);
  const out = request.out ?? join('reports', `soak-${newRunId()}`);
  await mkdir(out, { recursive: true });
  const startedAtMs = performance.now();
  let report = noRounds;
  let exitCode: ExitCode = 0;
  while (goesOn(request, report.iterations, performance.now() - startedAtMs)) {
    const name = `round-${String(report.iterations).padStart(4, '0')}`;
    const folder = join(out, name);
    io.stdout.write(`\n${name}:\n`);
    const { ended, signal } = await runRound(request, report.iterations, folder, io);
    if (ended === 2) return 2;
    const record = await readRecord(join(folder, recordFile)).catch(() => undefined);
    report = withRound(report, record?.events);
    await writeAtomic(join(out, soakFile), `${JSON.stringify(report, null, 2)}\n`);
    if (ended === 0) {
      await keepRecordOnly(folder);
      io.stdout.write(`${name} passed: of its reports only the record stays\n`);
    }
    exitCode = worse(exitCode, ended);
    if (signal !== undefined) break;
  }
  io.stdout.write(`\n${summaryOf(report)}report: ${join(out, soakFile)}\n`);
  return exitCode;
}

function goesOn({ until }: SoakRequest, rounds: number, elapsedMs: number): boolean {
  return 'iterations' in until ? rounds < until.iterations : elapsedMs < until.forMs;
}

/** A failed check outweighs what is only not known. */
function worse(a: ExitCode, b: ExitCode): ExitCode {
  if (a === 1 || b === 1) return 1;
  return a === 0 ? b : a;
}

/** A process of its own: nothing of a round lives on in the next one. A signal to the soak is the round's, which then is the last. */
async function runRound(
  { runArgv }: SoakRequest,
  iteration: number,
  folder: string,
  io: CommandIo,
): Promise<{ ended: ExitCode; signal: NodeJS.Signals | undefined }> {
  const argv = ['run', ...runArgv, '--iteration', String(iteration), '--out', folder];
  const child = execa(process.execPath, [...process.execArgv, process.argv[1] as string, ...argv], {
    reject: false,
    buffer: false,
    stdin: 'ignore',
    // Told in order, it ends by itself, and its machines with it.
    forceKillAfterDelay: false,
    detached: true,
  });
  child.stdout.pipe(io.stdout, { end: false });
  child.stderr.pipe(io.stderr, { end: false });
  let told: NodeJS.Signals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    told = signal;
    child.kill(signal);
  };
  for (const signal of endingSignals) process.on(signal, forward);
  try {
    const { exitCode } = await child;
    return { ended: exitCode === 0 || exitCode === 1 || exitCode === 2 ? exitCode : 3, signal: told };
  } finally {
    for (const signal of endingSignals) process.off(signal, forward);
  }
}

async function keepRecordOnly(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== recordFile) await rm(join(folder, name), { recursive: true });
}
