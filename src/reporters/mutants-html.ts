import type { GuestResult, MutantResult, MutantsReport } from '../model/mutants-report.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RunEventOf } from '../model/run-event.ts';
import { pageHead, show, viewerFile } from './html-page.ts';
import { reportFiles } from './report-files.ts';
import { formatDuration } from './text.ts';

/** What a report says of the run it is made from. */
export type MutantsRun = Pick<RunEventOf<'run.started'>, 'startedAt' | 'profile' | 'versions' | 'artifacts'>;

/** The matrix, mutant x check, as one HTML file that needs nothing else; each result leads to the mutant's own report beside it. */
export function renderMutantsHtml(report: MutantsReport, run: MutantsRun): string {
  const style = ['theme.css', 'mutants.css'].map(viewerFile).join('');
  const caught = report.mutants.filter(({ caughtBy }) => caughtBy !== null).length;
  const phases = [...new Set(report.mutants.map(({ phase }) => phase))];
  return `<!doctype html>
<html lang="en">
${pageHead(`${caught} of ${report.mutants.length} mutants caught · bringup`, style)}
<body>
<h1>${caught} of ${report.mutants.length} mutants caught</h1>
<p class="meta">${show(run.profile.title)}, ${run.artifacts.map(({ name, version }) => show(`${name} ${version ?? ''}`.trim())).join(', ')} · QEMU ${show(run.versions.qemu ?? 'unknown')} · <time>${show(run.startedAt)}</time></p>
<p class="meta"><b class="FAIL">●</b> caught · <b class="PASS">○</b> passed · <b class="MISS">?</b> no result · <b class="SKIP">–</b> skipped · blank: not tried · framed: the check that must catch it</p>
${phases.map((phase) => phaseTable(phase, report)).join('\n')}
</body>
</html>
`;
}

function phaseTable(phase: string, { mutants, baselines }: MutantsReport): string {
  const rows = mutants.filter((mutant) => mutant.phase === phase);
  const tried = new Set(rows.flatMap(({ checks }) => checks.map(({ check }) => check)));
  const columns = [...tried].sort();
  const head = columns.map((check) => `<th scope="col"><span>${show(check)}</span></th>`).join('');
  const healthy = baselines.map(({ id, title, checks }) => row({ id, fault: title, checks, verdict: '' }, columns));
  const broken = rows.map((mutant) => row({ ...mutant, verdict: verdictOf(mutant) }, columns));
  return `<h2>Phase ${show(phase.toUpperCase())}</h2>
<table><thead><tr><th scope="col">Mutant</th><th scope="col">Caught by</th>${head}</tr></thead>
<tbody>${[...healthy, ...broken].join('\n')}</tbody></table>`;
}

interface Row {
  readonly id: string;
  readonly fault: string;
  readonly verdict: string;
  readonly expected?: string;
  readonly checks: readonly GuestResult[];
}

function row({ id, fault, verdict, expected, checks }: Row, columns: readonly string[]): string {
  const cells = columns.map((check) =>
    cell(
      id,
      checks.find((each) => each.check === check),
      check === expected,
    ),
  );
  return `<tr><th scope="row"><a href="${show(id)}/${reportFiles.html}">${show(id)}</a><small>${show(fault)}</small></th><td>${verdict}</td>${cells.join('')}</tr>`;
}

function verdictOf({ caughtBy, cause, durationMs, expected }: MutantResult): string {
  if (caughtBy === null) return '<b class="FAIL">not caught</b>';
  const instead = caughtBy === expected ? '' : `<small>expected ${show(expected)}</small>`;
  return `${show(caughtBy)}<small>${cause}, ${formatDuration(durationMs)}</small>${instead}`;
}

const marks: Readonly<Record<Outcome, string>> = { FAIL: '●', PASS: '○', SKIP: '–', MISS: '?', ERROR: '?', DONE: '○' };

function cell(id: string, result: GuestResult | undefined, isExpected: boolean): string {
  const frame = isExpected ? ' class="expected"' : '';
  if (result === undefined) return `<td${frame}></td>`;
  const { check, outcome, cause, message } = result;
  const words = [`${id}, ${check}: ${outcome}`, cause, message].filter(Boolean).join(' · ');
  return `<td${frame}><a class="${outcome}" href="${show(id)}/${reportFiles.html}#${encodeURIComponent(check)}" title="${show(words)}">${marks[outcome]}</a></td>`;
}
