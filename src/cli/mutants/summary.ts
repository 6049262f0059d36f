import type { BaselineResult, MutantResult, MutantsReport } from '../../model/mutants-report.ts';
import type { ExitCode } from '../command.ts';

/** 0 every mutant caught, 1 one lived or a guest without a fault failed, 3 one could not be tried. */
export function exitCodeOf({ mutants, baselines }: MutantsReport): ExitCode {
  if (baselines.some((baseline) => failures(baseline).length > 0)) return 1;
  if (mutants.some((mutant) => lived(mutant))) return 1;
  return mutants.some(({ caughtBy }) => caughtBy === null) || baselines.some(({ checks }) => checks.some(isUntried)) ? 3 : 0;
}

/** What a person reads at the end: the mutants that lived, and counts. */
export function summaryLines(report: MutantsReport, reportPath: string): string {
  const { mutants, baselines } = report;
  const caught = mutants.filter(({ caughtBy }) => caughtBy !== null);
  const others = mutants.filter(({ caughtBy, expected }) => caughtBy !== null && caughtBy !== expected);
  const lines = [
    ...baselines.flatMap((baseline) =>
      failures(baseline).map(({ check, message }) => `without a fault (${baseline.id}): ${check} failed: ${message}`),
    ),
    ...others.map(({ id, expected, caughtBy }) => `${id}: expected ${expected} to catch it, ${caughtBy} did`),
    ...mutants
      .filter(({ caughtBy }) => caughtBy === null)
      .map((mutant) => `${mutant.id}: ${lived(mutant) ? 'lived' : 'could not be tried'}: ${mutant.fault}${why(mutant)}`),
    `${caught.length} of ${mutants.length} mutants caught`,
    `report: ${reportPath}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Every check that ran on it came to a result, and none was a catch. */
function lived({ caughtBy, checks }: MutantResult): boolean {
  return caughtBy === null && !checks.some(isUntried);
}

function why({ checks }: MutantResult): string {
  const untried = checks.find(isUntried);
  return untried === undefined ? '' : ` (${untried.check}: ${untried.message})`;
}

function isUntried({ outcome }: { outcome: string }): boolean {
  return outcome === 'MISS' || outcome === 'ERROR';
}

function failures({ checks }: BaselineResult): BaselineResult['checks'] {
  return checks.filter(({ outcome }) => outcome === 'FAIL');
}
