import { type BaselineResult, fateOf, hasNoResult, type MutantResult, type MutantsReport } from '../../model/mutants-report.ts';
import type { ExitCode } from '../command.ts';

/** 0 every mutant caught, 1 one lived or a guest without a fault failed, 3 one could not be tried. */
export function exitCodeOf({ mutants, baselines }: MutantsReport): ExitCode {
  if (baselines.some((baseline) => failures(baseline).length > 0)) return 1;
  const fates = mutants.map(fateOf);
  if (fates.includes('lived')) return 1;
  return fates.includes('untried') || baselines.some(({ checks }) => checks.some(hasNoResult)) ? 3 : 0;
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
      .map((mutant) => `${mutant.id}: ${fateOf(mutant) === 'lived' ? 'lived' : 'could not be tried'}: ${mutant.fault}${why(mutant)}`),
    `${caught.length} of ${mutants.length} mutants caught`,
    `report: ${reportPath}`,
  ];
  return `${lines.join('\n')}\n`;
}

function why({ checks }: MutantResult): string {
  const untried = checks.find(hasNoResult);
  return untried === undefined ? '' : ` (${untried.check}: ${untried.message})`;
}

function failures({ checks }: BaselineResult): BaselineResult['checks'] {
  return checks.filter(({ outcome }) => outcome === 'FAIL');
}
