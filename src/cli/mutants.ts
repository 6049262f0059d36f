import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadProfile } from '../../kernel/load-profile.ts';
import { faultModule, seederArm64 } from '../artifacts/index.ts';
import { measureSlowness } from '../harness/time/slowness.ts';
import type { MutantsReport } from '../model/mutants-report.ts';
import { baselines } from '../mutants/baselines.ts';
import { mutants } from '../mutants/index.ts';
import { judgeMutant, soundChecks } from '../mutants/verdict.ts';
import { phases } from '../phases/index.ts';
import { mutantsFile, renderMutantsReports, reportFiles } from '../reporters/index.ts';
import { monotonicMs } from '../vitest/work-files.ts';
import type { Command, CommandIo, ExitCode } from './command.ts';
import { firstRound, secondRound } from './mutants/plan.ts';
import { GuestRecords } from './mutants/records.ts';
import { readMutantsRequest } from './mutants/request.ts';
import { exitCodeOf, summaryLines } from './mutants/summary.ts';
import { describeLoss } from './run/conclude.ts';
import { prepare } from './run/prepare.ts';
import { describeRun, newRunId } from './run/provenance.ts';
import { WorkFolder } from './run/work-folder.ts';

export const command: Command = {
  name: 'mutants',
  summary: 'seed faults into the reference kernel, and see which check catches each',
  usage: `usage: bringup mutants [PHASE...] [--matrix] [--json] [--grep RE] [--out DIR] [--jobs N]

  PHASE        the phases whose mutants are tried (default all)
  --matrix     try each mutant with every check of its phase; else with the check that must catch it, and with the others
               only where that one did not
  --json       print { mutants: [{ id, phase, fault, caughtBy, cause, durationMs, ... }], baselines: [...] }
  --grep RE    only mutants whose id or fault matches
  --out DIR    folder for mutants.json, index.html (the matrix), summary.md, and a run's reports for each mutant
  --jobs N     machines at once (default: the host's CPUs)

Two guests without a fault are tried with the same checks: they must pass. A mutant counts as caught where a check of its phase FAILs by a
cause other than guest-slow, a mere time-out.

Exit code: 0 every mutant caught, 1 a mutant lived or a guest without a fault failed, 2 wrong usage, 3 a mutant could not be tried.
`,
  run,
};

async function run(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const request = readMutantsRequest(argv);
  const onProgress = (message: string): void => void io.stderr.write(`bringup: ${message}\n`);
  // The faults are made for this kernel: its functions' names, its modules.
  const profile = await loadProfile('linux-arm64');
  const artifacts = await prepare(profile, {}, onProgress);
  await Promise.all([faultModule()({ onProgress }), seederArm64({ onProgress })]);

  const slowness = measureSlowness();
  const startedAtMs = monotonicMs();
  const runId = newRunId();
  const out = request.out ?? join('reports', `mutants-${runId}`);
  // No report of an earlier run there may pass for this one's.
  const earlier = [mutantsFile, ...Object.values(reportFiles), ...[...baselines, ...mutants].map(({ id }) => id)];
  await mkdir(out, { recursive: true });
  for (const name of earlier) await rm(join(out, name), { recursive: true, force: true });
  const work = new WorkFolder(resolve(out, '.work'));
  let records: GuestRecords | undefined;
  try {
    const chosen = phases.filter(({ id }) => request.mutants.some(({ phase }) => phase === id));
    const asked = { phases: chosen, shard: null, overrides: {} };
    const started = await describeRun(runId, ['mutants', ...argv], asked, profile, artifacts, slowness);
    const guests = new GuestRecords(out, started, [...baselines, ...request.mutants], () => monotonicMs() - startedAtMs);
    records = guests;
    const { executeSuites } = await import('./run/execute.ts');
    const execute = (targets: ReturnType<typeof firstRound>) =>
      executeSuites(
        { phases: chosen, jobs: request.jobs },
        {
          profile: profile.id,
          overrides: {},
          targets,
          workDir: work.path,
          startedAtMs,
          slowness,
          retries: 0,
          iteration: 0,
          keepFailed: false,
        },
        {
          placeOf: (mutant) => guests.placeOf(mutant as string),
          onEvent: (event, mutant) => {
            if (event.type !== 'check.finished') return;
            guests.take(mutant as string, event);
            onProgress(`${event.outcome} ${mutant}: ${event.check}${event.cause ? ` (${event.cause})` : ''}`);
          },
        },
      );
    const healthy = () => baselines.map(({ id, title }) => ({ id, title, checks: guests.resultsOf(id) }));
    const judged = () => {
      const sound = soundChecks(healthy());
      return request.mutants.map((mutant) => judgeMutant(mutant, guests.resultsOf(mutant.id), sound));
    };
    const targets = firstRound(request.mutants, request.matrix);
    const { errors } = await execute(targets);
    const left = new Set(judged().flatMap(({ id, caughtBy }) => (caughtBy === null ? [id] : [])));
    if (!request.matrix && errors.length === 0 && left.size > 0) {
      const survivors = request.mutants.filter(({ id }) => left.has(id));
      errors.push(...(await execute(secondRound(survivors, targets))).errors);
    }
    const report: MutantsReport = { mutants: judged(), baselines: healthy() };
    const losses = [...(await guests.finish(errors))];
    await renderMutantsReports(out, report, started).catch((error) => losses.push(describeLoss(error)));
    io.stdout.write(request.json ? `${JSON.stringify(report, null, 2)}\n` : summaryLines(report, join(out, reportFiles.html)));
    for (const { cause, message } of errors) onProgress(`error outside the checks (${cause}): ${message}`);
    for (const loss of losses) onProgress(loss);
    const exitCode = exitCodeOf(report);
    return errors.length > 0 || (exitCode === 0 && losses.length > 0) ? 3 : exitCode;
  } finally {
    await records?.[Symbol.asyncDispose]();
    await work[Symbol.asyncDispose]();
  }
}
