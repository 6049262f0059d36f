import { rename, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { loadProfile } from '../../kernel/load-profile.ts';
import { measureSlowness } from '../harness/time/slowness.ts';
import { checkProfile, phases } from '../phases/index.ts';
import { Progress, RecordWriter, renderAnnotations, reportFiles, wantsColour } from '../reporters/index.ts';
import { monotonicMs } from '../vitest/work-files.ts';
import type { Command, CommandIo, ExitCode } from './command.ts';
import { conclude } from './run/conclude.ts';
import { holdKept } from './run/hold-kept.ts';
import { readRunRequest } from './run/options.ts';
import { prepare } from './run/prepare.ts';
import { describeRun, newRunId } from './run/provenance.ts';
import { WorkFolder } from './run/work-folder.ts';

export const command: Command = {
  name: 'run',
  summary: 'run the acceptance checks of phases on a kernel',
  usage: `usage: bringup run PHASE... [--profile ID|FILE] [--out DIR] [--grep RE] [--shard i/n] [--retries N] [--jobs N]
                   [--keep-failed] [--iteration N]
                   [--append PARAMETER]... [--kernel FILE] [--initramfs FILE] [--vcpus N] [--memory MiB] [--qemu-arg ARG]...

  PHASE                ${phases.map(({ id }) => id).join(', ')}, or all
  --profile ID|FILE    the kernel's profile (default linux-arm64)
  --out DIR            folder for run.jsonl, junit.xml, index.html, summary.md (default reports/<run id>)
  --grep RE            only checks whose id or title matches
  --shard i/n          only the i-th of n parts; bringup report merges them
  --retries N          try checks again that came to MISS (never failed ones); each try is recorded (default 0)
  --jobs N             machines at once (default: the host's CPUs)
  --iteration N        take the seeds of a soak's round N, from 0 (default 0)
  --keep-failed        keep the machines of checks that fail: when all reports are written, say which there are, and wait until
                       \`bringup attach --end\` or Ctrl-C ends them; refused in CI
  --append PARAMETER   one more kernel parameter
  --kernel FILE        in place of the profile's kernel; likewise --initramfs
  --vcpus N, --memory MiB, --qemu-arg ARG   change every machine

Exit code: 0 all passed, 1 a check failed, 2 wrong usage or configuration, 3 infrastructure only: nothing is known about the kernel.
`,
  run,
};

async function run(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const request = readRunRequest(argv);
  const onProgress = (message: string): void => void io.stderr.write(`bringup: ${message}\n`);
  const profile = await loadProfile(request.profile);
  checkProfile(profile, request.checks);
  const artifacts = await prepare(profile, request.overrides, onProgress);

  const slowness = measureSlowness();
  const startedAtMs = monotonicMs();
  const runId = newRunId();
  const out = request.out ?? join('reports', runId);
  const work = new WorkFolder(resolve(out, '.work'));
  const workDir = work.path;
  const writer = RecordWriter.open(out, () => monotonicMs() - startedAtMs);
  try {
    writer.write(await describeRun(runId, ['run', ...argv], request, profile, artifacts, slowness));
    const settings = {
      profile: request.profile,
      overrides: request.overrides,
      targets: request.checks.map(({ id }) => ({ check: id, mutant: null })),
      workDir,
      startedAtMs,
      slowness,
      retries: request.retries,
      iteration: request.iteration,
      keepFailed: request.keepFailed,
    };
    const progress = progressFor(io);
    const { executeSuites } = await import('./run/execute.ts');
    let exitCode: ExitCode = 3;
    await executeSuites(request, settings, {
      placeOf: () => ({ writer, outDir: out }),
      onEvent: (event) => io.stdout.write(progress.event(event)),
      onEnded: async (reporter, signal) => {
        const { model, losses, ...concluded } = await conclude(out, writer, reporter.errors);
        exitCode = concluded.exitCode;
        if (request.out === undefined && losses.length === 0) await pointLatestTo(out);
        if (model) {
          io.stdout.write(progress.finish(model, join(out, reportFiles.html)));
          if (process.env.GITHUB_ACTIONS === 'true')
            io.stdout.write(
              renderAnnotations(model)
                .map((line) => `${line}\n`)
                .join(''),
            );
        }
        for (const loss of losses) onProgress(loss);
        await holdKept(reporter.keepings, io, signal);
      },
    });
    return exitCode;
  } finally {
    await writer[Symbol.asyncDispose]();
    await work[Symbol.asyncDispose]();
  }
}

function progressFor(io: CommandIo): Progress {
  const terminal = io.stdout as Partial<NodeJS.WriteStream>;
  const isTty = terminal.isTTY === true;
  const interactive = isTty && process.env.CI === undefined;
  return new Progress({
    interactive,
    colour: wantsColour(process.env, isTty),
    ...(terminal.columns !== undefined && { columns: terminal.columns }),
  });
}

/** `reports/latest` names the newest run. */
async function pointLatestTo(out: string): Promise<void> {
  const link = join('reports', 'latest');
  const made = join('reports', `.latest-${basename(out)}`);
  await symlink(basename(out), made);
  // In one step: another run may end at the same time.
  await rename(made, link);
}
