import { linuxArm64, linuxArm64Virtio } from '../kernel/index.ts';
import type { KernelProfile } from '../src/model/profile.ts';
import { type Bench, type BenchOptions, type Metric, metric } from './bench.ts';
import { shellStorm } from './shell-storm.ts';
import { ends, latencies } from './verdicts-latency.ts';
import { confusionMatrix, type LabelledRun, Laboratory, outcomeOfLabel, renderMatrix, runLabelled } from './verdicts-set.ts';

const endsEach = 20;
/** Commands in a storm, on the console and on the side channel each. */
const commandsEach = 1_000;
const busyCores = 2;

export const bench: Bench = { name: 'verdicts', run };

/**
 * Real runs of known cause, how soon a verdict comes, and results of commands in storms. `BRINGUP_BENCH_VERDICTS`, a regular expression for
 * `<cause>: <what is done>`, limits it to those runs.
 */
async function run(options: BenchOptions): Promise<Metric[]> {
  const some = process.env.BRINGUP_BENCH_VERDICTS;
  const only = some === undefined ? undefined : new RegExp(some);
  await using laboratory = await Laboratory.open();
  const metrics = await accuracy(laboratory, only, options);
  if (only !== undefined) return metrics;
  return [...metrics, ...(await latency(laboratory, options)), ...(await storms(options))];
}

async function accuracy(laboratory: Laboratory, only: RegExp | undefined, { onProgress, signal }: BenchOptions): Promise<Metric[]> {
  const runs = await runLabelled(laboratory, {
    signal,
    ...(only && { only: (label, kind) => only.test(`${label}: ${kind}`) }),
    onRun: (run) => onProgress(describe(run)),
  });
  const counts = confusionMatrix(runs);
  for (const row of renderMatrix(counts)) onProgress(row);
  const right = runs.map(({ label, called }) => Number(label === called));
  const blamed = runs.filter(({ label, result }) => outcomeOfLabel(label) === 'MISS' && result.outcome === 'FAIL');
  const share = right.reduce((sum, each) => sum + each, 0) / right.length;
  return [
    { ...metric('accuracy', 'share', right), value: Math.round(share * 10_000) / 10_000, counts },
    metric('verdicts_fail_where_miss', 'count', [blamed.length]),
  ];
}

/** A line; where the verdict is wrong, with its evidence. */
function describe({ label, kind, called, result }: LabelledRun): string {
  const seconds = `${(result.durationMs / 1_000).toFixed(1)} s`;
  if (label === called) return `right: ${label}: ${kind} (${seconds})`;
  return `WRONG: ${label}: ${kind}: called ${called} (${seconds}): ${result.message}; ${result.hint}`;
}

async function latency(laboratory: Laboratory, { onProgress, signal }: BenchOptions): Promise<Metric[]> {
  const measure = (ways: Parameters<typeof latencies>[1], name: string) =>
    latencies(laboratory, ways, endsEach, (at) => {
      signal?.throwIfAborted();
      onProgress(`latency: ${name} ${at + 1} of ${endsEach}`);
    });
  const panic = await measure(ends.panic, 'panic');
  const qemuExit = await measure(ends.qemuExit, 'QEMU’s death');
  const guestExit = await measure(ends.guestExit, 'power-off');
  const reboot = await measure(ends.reboot, 'reboot');
  const poll = (samples: readonly number[]) => ({ name: 'a poll of the process, 5 ms', samples });
  return [
    metric('verdicts_latency_panic_p95', 'ms', panic.verdict, undefined, 95),
    metric('verdicts_latency_qemu_exit_p95', 'ms', qemuExit.verdict, poll(qemuExit.gone), 95),
    metric('verdicts_latency_guest_exit_p95', 'ms', guestExit.verdict, poll(guestExit.gone), 95),
    metric('verdicts_latency_reboot_p95', 'ms', reboot.verdict, poll(reboot.gone), 95),
  ];
}

/** Wrong results, and the messages per second that prove the storm. */
async function storms({ onProgress, signal }: BenchOptions): Promise<Metric[]> {
  const storm = async (profile: KernelProfile, wrong: string, messages: string): Promise<Metric[]> => {
    signal?.throwIfAborted();
    onProgress(`storm on ${profile.id}`);
    const figures = await shellStorm(profile, { onTerminal: commandsEach / 2, captured: commandsEach / 2, busyCores });
    onProgress(`storm on ${profile.id}: ${JSON.stringify(figures)}`);
    if (figures.shellOn !== profile.shellOn) throw new Error(`the shell was on ${figures.shellOn}`);
    return [metric(wrong, 'count', [figures.wrong.length]), metric(messages, 'messages/s', [figures.messagesPerSecond])];
  };
  return [
    ...(await storm(linuxArm64, 'verdicts_shell_wrong_console', 'verdicts_storm_console')),
    ...(await storm(linuxArm64Virtio, 'verdicts_shell_wrong_side', 'verdicts_storm_side')),
  ];
}
