import { describeChange, type FiguresComparison } from '../../model/figures.ts';
import { plural } from '../../reporters/index.ts';
import type { ExitCode } from '../command.ts';

/** What became of the figures, a line each. */
export function comparisonLines({ compared, changes, conditions, guest }: FiguresComparison): string[] {
  const same = changes.length === 0;
  return [
    ...conditions.map(({ name, baseline, value }) => `another condition: ${name} was ${baseline}, is ${value}`),
    ...guest.map(({ name, baseline, value }) => `another ${name}: was ${baseline}, is ${value}`),
    ...changes.map((change) => {
      const { name, vcpus, baseline, value } = change;
      const machine = plural(vcpus, 'vCPU');
      return `${name} with ${machine}: ${baseline ?? 'nothing'} -> ${value ?? 'nothing'} (${describeChange(change)})`;
    }),
    same ? `all ${compared} figures are the baseline’s` : `${changes.length} figures are not the baseline’s, of ${compared} that both have`,
    ...(same || conditions.length === 0
      ? []
      : ['measured under other conditions than the baseline: the changes say nothing of the kernel. --update makes a new baseline.']),
  ];
}

/** Figures of other conditions are no verdict. */
export function exitCodeOf({ changes, conditions }: FiguresComparison): ExitCode {
  if (changes.length === 0) return 0;
  return conditions.length > 0 ? 3 : 1;
}
