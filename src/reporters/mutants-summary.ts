import { fateOf, type MutantResult, type MutantsReport } from '../model/mutants-report.ts';
import { formatDuration } from './text.ts';

/** The mutants as GitHub-flavoured Markdown: those that lived first. */
export function renderMutantsSummary({ mutants, baselines }: MutantsReport): string {
  const lived = mutants.filter(({ caughtBy }) => caughtBy === null);
  const caught = mutants.filter(({ caughtBy }) => caughtBy !== null);
  const healthy = baselines.map(({ title, checks }) => {
    const passed = checks.filter(({ outcome }) => outcome === 'PASS').length;
    return `- ${cell(title)}: ${passed} of ${checks.length} checks passed`;
  });
  return `# ${caught.length} of ${mutants.length} mutants caught

${healthy.join('\n')}

| Mutant | Fault | Caught by | Cause | Time |
| --- | --- | --- | --- | ---: |
${[...lived, ...caught].map(row).join('\n')}
`;
}

function row(mutant: MutantResult): string {
  const { id, fault, cause, durationMs } = mutant;
  return `| ${cell(id)} | ${cell(fault)} | ${catcherOf(mutant)} | ${cause ?? ''} | ${formatDuration(durationMs)} |`;
}

function catcherOf(mutant: MutantResult): string {
  const { caughtBy, expected } = mutant;
  if (caughtBy === null) return `**${fateOf(mutant) === 'lived' ? 'none' : 'could not be tried'}** (expected ${expected})`;
  return caughtBy === expected ? caughtBy : `${caughtBy} (expected ${expected})`;
}

/** Ids and sentences of the catalogue: nothing of the guest's. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
