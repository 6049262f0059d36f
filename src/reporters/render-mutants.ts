import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MutantsReport } from '../model/mutants-report.ts';
import { type MutantsRun, renderMutantsHtml } from './mutants-html.ts';
import { renderMutantsSummary } from './mutants-summary.ts';
import { mutantsFile, reportFiles } from './report-files.ts';
import { writeAtomic } from './write-atomic.ts';

/** Writes `mutants.json`, `index.html` (the matrix) and `summary.md` into the folder, each whole or not at all. */
export async function renderMutantsReports(dir: string, report: MutantsReport, run: MutantsRun): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeAtomic(join(dir, mutantsFile), `${JSON.stringify(report, null, 2)}\n`);
  await writeAtomic(join(dir, reportFiles.html), renderMutantsHtml(report, run));
  await writeAtomic(join(dir, reportFiles.summary), renderMutantsSummary(report));
}
