import { BringupError } from '../model/errors.ts';
import { compareFigures, type Figures, figuresSchema, updatedFigures } from '../model/figures.ts';
import { readFiguresFile } from '../phases/figures.ts';
import { writeAtomic } from '../reporters/index.ts';
import type { Command, CommandIo, ExitCode } from './command.ts';
import { render } from './perf/formats.ts';
import { measure } from './perf/measure.ts';
import { readPerfRequest } from './perf/request.ts';
import { comparisonLines, exitCodeOf } from './perf/summary.ts';

export const command: Command = {
  name: 'perf',
  summary: 'figures in virtual time, held against a baseline to the last instruction',
  usage: `usage: bringup perf [--profile ID|FILE] [--baseline FILE] [--update] [--vcpus N[,N]...] [--format FORMAT]
                    [--kernel FILE] [--initramfs FILE] [--append KERNEL_PARAMETER]...

  --baseline FILE  what the figures are held against (default: the profile's baseline)
  --update         write the baseline anew
  --vcpus N,N      machines to measure on (default: those of the baseline, else 1 and 4)
  --format FORMAT  what is printed: text (default), json (as the baseline is kept), github-action-benchmark
                   (customSmallerIsBetter), openmetrics
  --json           the same as --format json
  --kernel, --initramfs, --append   as of bringup run

Each machine boots cold, with time that is counted in its instructions (QEMU's -icount): equal guests give equal figures, on any host.

Exit code: 0 as the baseline, or there is none, 1 a figure changed, or the kernel gave none, 2 wrong usage, 3 figures changed, but so did the conditions
(QEMU, machine, programs), or QEMU or the host failed.
`,
  run,
};

async function run(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const request = await readPerfRequest(argv);
  const { baselinePath, update, format, profile } = request;
  const say = (message: string): void => void io.stderr.write(`bringup: ${message}\n`);
  const known = baselinePath === undefined ? undefined : await knownFigures(baselinePath, update);
  if (known && update && known.conditions.profile !== profile.id)
    throw new BringupError(
      'usage',
      `--update: ${baselinePath} is the baseline of profile ${known.conditions.profile}, not of ${profile.id}`,
      {
        hint: 'name another file with --baseline, or remove this one.',
      },
    );
  const vcpus = request.vcpus ?? (known ? Object.keys(known.figures).map(Number) : [1, 4]);
  const measured = await measure(request, vcpus, say);
  io.stdout.write(render(measured, format));
  if (update) {
    const updated = updatedFigures(known, measured);
    await writeAtomic(baselinePath as string, `${JSON.stringify(figuresSchema.parse(updated), null, 2)}\n`);
    say(`wrote ${baselinePath}, with figures of ${Object.keys(updated.figures).join(', ')} vCPUs`);
  }
  if (known === undefined) {
    if (!update)
      say(`profile ${profile.id} names no baseline: the figures were held against nothing. Give it one with --baseline FILE --update.`);
    return 0;
  }
  const comparison = compareFigures(known, measured);
  for (const line of comparisonLines(comparison)) say(line);
  return update ? 0 : exitCodeOf(comparison);
}

/** Undefined where there is none, and one is to be written. */
async function knownFigures(path: string, update: boolean): Promise<Figures | undefined> {
  try {
    return await readFiguresFile(path);
  } catch (error) {
    if (update && error instanceof BringupError && error.code === 'file-not-found') return undefined;
    throw error;
  }
}
