import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import { reportFiles } from './report-files.ts';
import type { RunModel } from './run-model.ts';
import { renderSummary } from './summary.ts';
import { writeAtomic } from './write-atomic.ts';

/** Writes `junit.xml`, `index.html` and `summary.md` into the folder, each whole or not at all. */
export async function renderReports(dir: string, model: RunModel): Promise<void> {
  await mkdir(dir, { recursive: true });
  const reports = [
    [reportFiles.junit, renderJunit],
    [reportFiles.html, renderHtml],
    [reportFiles.summary, renderSummary],
  ] as const;
  for (const [file, render] of reports) await writeAtomic(join(dir, file), render(model));
}
