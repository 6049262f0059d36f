import { type Outcome, outcomes } from '../model/outcome.ts';
import { explanationOf } from './causes.ts';
import { consoleText } from './console-text.ts';
import { type Evidence, evidenceOf, lastLines } from './evidence.ts';
import { commandFor } from './reproduce.ts';
import type { CheckModel, RunModel } from './run-model.ts';
import { formatDuration, neutraliseWorkflowCommands, takeStart } from './text.ts';
import { checksOf, rankedFailures, verdictOf } from './verdict.ts';

/** GitHub refuses a job summary over 1 MiB whole; some of it is left to other steps of the job. */
const maxBytes = 900_000;
const maxMetrics = 200;
const consoleLines = 30;

/** The run as GitHub-flavoured Markdown, for a job's summary: the verdict first, then phases, failures, metrics, provenance. */
export function renderSummary(model: RunModel): string {
  const before = [heading(model), phaseTable(model), runErrors(model)].filter(Boolean).join('\n\n');
  const after = [metricTable(model), provenance(model)].filter(Boolean).join('\n\n');
  const failures = fitting(
    rankedFailures(model).map((check) => failureSection(check, model)),
    maxBytes - Buffer.byteLength(before) - Buffer.byteLength(after),
  );
  return `${[before, failures, after].filter(Boolean).join('\n\n')}\n`;
}

function heading(model: RunModel): string {
  const { outcome, counts, notes, meaning } = verdictOf(model);
  const { profile, versions, mutant } = model;
  const seeded = mutant === null ? '' : `\n\nSeeded fault ${code(mutant.id)}: ${escapeMarkdown(mutant.fault)}.`;
  return `# ${icons[outcome]} ${outcome}: ${counts}

${code(profile.id)} on QEMU ${code(versions.qemu ?? 'unknown')}, ${formatDuration(model.durationMs)}${notes === '' ? '' : `, ${notes}`}. Exit code ${model.exitCode}: ${meaning}.${seeded}`;
}

const icons: Readonly<Record<Outcome, string>> = { FAIL: '❌', ERROR: '🛠️', MISS: '⚠️', PASS: '✅', DONE: '📏', SKIP: '⏭️' };

function phaseTable({ phases }: RunModel): string {
  const rows = phases.map(({ id, counts, durationMs }) => {
    const cells = outcomes.map((outcome) => (counts[outcome] === 0 ? '' : String(counts[outcome])));
    return `| ${cell(id)} | ${cells.join(' | ')} | ${formatDuration(durationMs)} |`;
  });
  return `| Phase | ${outcomes.join(' | ')} | Time |\n| --- |${' ---: |'.repeat(outcomes.length + 1)}\n${rows.join('\n')}`;
}

function runErrors({ errors }: RunModel): string {
  if (errors.length === 0) return '';
  return `## Outside the checks\n\n${errors.map(({ cause, message }) => `- ${code(cause)}\n\n${indent(fence(takeStart(message, 4000)))}`).join('\n')}`;
}

/** The cause first, then the evidence, then what to do. */
function failureSection(check: CheckModel, model: RunModel): string {
  const last = check.tries.at(-1);
  const why = explanationOf(check);
  const command = commandFor(model, check);
  const parts = [
    `## ${check.outcome} ${code(check.id)}${check.cause === null ? '' : `: ${check.cause}`}`,
    why === null ? '' : `**${escapeMarkdown(why)}**`,
    `Check: ${escapeMarkdown(check.title)} (${formatDuration(check.durationMs)}${check.tries.length > 1 ? `, ${check.tries.length} tries` : ''})`,
    fence(takeStart(check.message ?? '', 4000)),
    ...(last === undefined ? [] : evidenceOf(last).filter(({ kind }) => kind !== 'console')).map(evidence),
    check.hint === null ? '' : `**What to do:** ${escapeMarkdown(takeStart(check.hint, 1000))}`,
    command === null ? '' : `Run it again: ${code(command)}`,
    ...(last?.machines ?? []).flatMap((machine) => {
      const tail = lastLines(machine, consoleLines);
      return tail === '' ? [] : [folded('Console, last lines', tail)];
    }),
  ];
  return parts.filter(Boolean).join('\n\n');
}

function evidence({ kind, title, body }: Evidence): string {
  const shown = fence(takeStart(title, 4000));
  if (body === '') return shown;
  if (kind === 'backtraces') return folded(title, takeStart(body, 16_000));
  return `${shown}\n\n${folded(kind === 'crash' ? 'The crash report' : 'Its output', takeStart(body, 16_000))}`;
}

function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${fence(text)}\n\n</details>`;
}

/** As many sections as there is room for, and how many were left out. */
function fitting(sections: readonly string[], bytes: number): string {
  const taken: string[] = [];
  let room = bytes - 200;
  for (const section of sections) {
    room -= Buffer.byteLength(section) + 2;
    if (room < 0) break;
    taken.push(section);
  }
  const left = sections.length - taken.length;
  if (left > 0) taken.push(`**${left} more** left out here; index.html and junit.xml have them all.`);
  return taken.join('\n\n');
}

function metricTable(model: RunModel): string {
  const rows = checksOf(model).flatMap((check) =>
    (check.tries.at(-1)?.metrics ?? []).map(
      ({ name, value, unit, samples }) => `| ${cell(check.id)} | ${cell(name)} | ${value} | ${cell(unit ?? '')} | ${samples ?? ''} |`,
    ),
  );
  if (rows.length === 0) return '';
  const more = rows.length > maxMetrics ? `\n\n**${rows.length - maxMetrics} more** in run.jsonl.` : '';
  return `## Metrics\n\n| Check | Metric | Value | Unit | Samples |\n| --- | --- | ---: | --- | ---: |\n${rows.slice(0, maxMetrics).join('\n')}${more}`;
}

function provenance({ artifacts, versions, profile, host, startedAt, runId }: RunModel): string {
  const rows = [
    ...artifacts.map(({ role, name, version, sha256 }) => [role, `${name} ${version ?? ''}`.trim(), `sha256 ${sha256}`]),
    ...Object.entries(versions).map(([program, version]) => [program, version, '']),
    ['machine', `${profile.machineType}, ${profile.cpu}, ${profile.vcpus} vCPU, ${profile.memoryMiB} MiB`, profile.cmdline.join(' ')],
    ['host', `${host.os}, ${host.arch}`, `${host.cpus} CPUs, ${host.memoryMiB} MiB, times × ${host.slowness ?? 1}`],
    ['run', runId, startedAt],
  ];
  return `## What was run\n\n| | | |\n| --- | --- | --- |\n${rows.map((row) => `| ${row.map((text) => cell(text)).join(' | ')} |`).join('\n')}`;
}

/** A fenced block that the text can't close, and whose lines GitHub can't take for commands. */
function fence(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const marks = '`'.repeat(Math.max(2, ...runs) + 1);
  return `${marks}text\n${neutraliseWorkflowCommands(visible(text))}\n${marks}`;
}

/** Inline code that the text can't close; on one line. */
function code(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const marks = '`'.repeat(Math.max(0, ...runs) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${marks}${pad}${oneLine(text)}${pad}${marks}`;
}

function cell(text: string): string {
  return escapeMarkdown(takeStart(text, 500));
}

function escapeMarkdown(text: string): string {
  return neutraliseWorkflowCommands(oneLine(text)).replace(/[\\`*_{}[\]<>()#+!|~&@$-]/g, (mark) => `\\${mark}`);
}

function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim();
}

/** Messages may quote the guest, so they get what the console's text gets. */
function visible(text: string): string {
  return consoleText(Buffer.from(text));
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
