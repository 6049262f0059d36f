import { explanationOf } from './causes.ts';
import { consoleText } from './console-text.ts';
import type { RunModel } from './run-model.ts';
import { takeStart } from './text.ts';
import { meaningOfExitCode, rankedFailures } from './verdict.ts';

/** GitHub shows ten annotations a step and type, and hides the rest. */
const maxAnnotations = 10;

/**
 * Workflow commands that mark the run's failures in GitHub's views, the gravest first; where there are more than ten, the tenth says how
 * many are left. Empty where all went well.
 */
export function renderAnnotations(model: RunModel): string[] {
  const all = [
    ...model.errors.map(({ cause, message }) => annotation(`run: ${cause}`, message)),
    ...rankedFailures(model).map((check) => {
      const message = [explanationOf(check), check.message ?? check.title, check.hint === null ? '' : `What to do: ${check.hint}`]
        .filter(Boolean)
        .join('\n');
      return annotation(`${check.outcome} ${check.id}${check.cause === null ? '' : ` (${check.cause})`}`, message);
    }),
  ];
  if (all.length <= maxAnnotations) return all;
  const shown = all.slice(0, maxAnnotations - 1);
  return [
    ...shown,
    annotation(`${all.length - shown.length} more`, `${meaningOfExitCode[model.exitCode]}; summary.md and index.html have them all`),
  ];
}

function annotation(title: string, message: string): string {
  return `::error title=${escapeProperty(takeStart(title, 250))}::${escapeData(takeStart(message, 4000))}`;
}

function escapeData(text: string): string {
  return consoleText(Buffer.from(text)).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
