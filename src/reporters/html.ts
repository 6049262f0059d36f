import { causes, outcomes } from '../model/outcome.ts';
import { explanationOf, meaningOfCause, meaningOfOutcome } from './causes.ts';
import { viewerData } from './html-data.ts';
import { pageHead, show, viewerFile, visible } from './html-page.ts';
import type { CheckModel, PhaseModel, RunModel } from './run-model.ts';
import { formatDuration } from './text.ts';
import { checksOf, needsAttention, verdictOf } from './verdict.ts';

// Plain files, read at run time: the same bytes run from source and from the package, with no bundler between.
const styleFiles = ['theme.css', 'viewer.css', 'evidence.css', 'console.css', 'layout.css'];
const scriptFiles = ['detail.js', 'evidence.js', 'viewer.js'];

/**
 * The run as one HTML file that needs nothing else: results as plain markup (also without JavaScript), details as JSON that the
 * viewer script shows. Its policy forbids every request and every script but its own.
 */
export function renderHtml(model: RunModel): string {
  const style = styleFiles.map(viewerFile).join('');
  const script = `(() => {\n${scriptFiles.map(viewerFile).join('')}})();`;
  const { outcome, counts, notes, meaning } = verdictOf(model);
  return `<!doctype html>
<html lang="en">
${pageHead(`${outcome}: ${model.profile.id} · bringup`, style, script)}
<body>
<header>
<h1><span class="outcome ${outcome}">${outcome}</span> ${show(counts)}</h1>
<p class="meta">${show(model.profile.title)} · QEMU ${show(model.versions.qemu ?? 'unknown')} · <time datetime="${show(model.startedAt)}">${show(startTime(model))}</time> · ${formatDuration(model.durationMs)} · ${notes === '' ? '' : `${notes} · `}exit code ${model.exitCode}: ${meaning}</p>
${seededFault(model)}${runErrors(model)}${legend(model)}${provenance(model)}</header>
<div class="toolbar" role="search" hidden>
<input type="search" id="search" placeholder="Search checks and consoles" aria-label="Search checks and consoles" autocomplete="off" spellcheck="false">
<div class="filters" role="group" aria-label="Show by outcome">${filters(model)}</div>
<span id="shown" role="status"></span>
<button type="button" id="help" aria-haspopup="dialog" title="Keyboard help (?)">?</button>
</div>
<main>
<nav id="list" aria-label="Checks">
${model.phases.map(phaseSection).join('\n')}
<p id="none" hidden>No check matches.</p>
</nav>
<article id="detail" aria-label="Check" hidden></article>
</main>
<script type="application/json" id="data">${embed(viewerData(model))}</script>
<script>${script}</script>
</body>
</html>
`;
}

function seededFault({ mutant }: RunModel): string {
  return mutant === null ? '' : `<p class="meta">Seeded fault <code>${show(mutant.id)}</code>: ${show(mutant.fault)}</p>\n`;
}

function runErrors({ errors }: RunModel): string {
  const items = errors.map(({ cause, message }) => `<li><strong>${cause}</strong> ${show(message)}</li>`);
  return items.length === 0 ? '' : `<section class="errors" aria-label="Errors outside the checks"><ul>${items.join('')}</ul></section>\n`;
}

/** The words of this run, for a reader who meets them for the first time. */
function legend(model: RunModel): string {
  const present = new Set(checksOf(model).flatMap((check) => (needsAttention(check) ? [check.cause] : [])));
  const words = [
    ...outcomes
      .filter((outcome) => model.counts[outcome] > 0)
      .map((outcome) => [outcome, meaningOfOutcome[outcome], ` class="outcome ${outcome}"`]),
    ...causes.filter((cause) => present.has(cause)).map((cause) => [cause, meaningOfCause[cause], '']),
  ];
  const list = words.map(([word, meaning, attributes]) => `<dt${attributes}>${word}</dt><dd>${meaning}</dd>`).join('');
  return words.length === 0 ? '' : `<details class="legend"><summary>What the words mean</summary><dl>${list}</dl></details>\n`;
}

function provenance({ artifacts, versions, profile, host, argv, runId }: RunModel): string {
  const rows: [string, string][] = [
    ...artifacts.map((one): [string, string] => [one.role, `${one.name} ${one.version ?? ''} sha256:${one.sha256}`]),
    ['machine', `${profile.machineType}, ${profile.cpu}, ${profile.vcpus} vCPU, ${profile.memoryMiB} MiB`],
    ['kernel command line', profile.cmdline.join(' ')],
    [
      'versions',
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
    ['host', `${host.os}, ${host.arch}, ${host.cpus} CPUs, ${host.memoryMiB} MiB, times × ${host.slowness ?? 1}`],
    ['command', argv.join(' ')],
    ['run', runId],
  ];
  const list = rows.map(([name, value]) => `<dt>${name}</dt><dd>${show(value)}</dd>`).join('');
  return `<details class="provenance"><summary>What was run</summary><dl>${list}</dl></details>\n`;
}

function filters({ counts }: RunModel): string {
  const present = outcomes.filter((outcome) => counts[outcome] > 0);
  return present
    .map(
      (outcome) =>
        `<button type="button" data-outcome="${outcome}" aria-pressed="true"><span class="outcome ${outcome}">${outcome}</span> ${counts[outcome]}</button>`,
    )
    .join('');
}

function phaseSection({ id, checks, durationMs, counts }: PhaseModel): string {
  const words = outcomes.filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  const summary = checks.length === 0 ? 'no check ran' : `${words.join(', ')} · ${formatDuration(durationMs)}`;
  return `<section class="phase"><h2>Phase ${show(id.toUpperCase())} <small>${summary}</small></h2>
<ol>${checks.map(checkRow).join('\n')}</ol></section>`;
}

function checkRow(check: CheckModel): string {
  const { id, outcome, cause, message, hint, deviation, tries } = check;
  const why = explanationOf(check);
  const notes = [
    why === null ? '' : `<span class="why">${why}</span>`,
    needsAttention(check) && message !== null ? `<span class="message">${show(message)}</span>` : '',
    needsAttention(check) && hint !== null ? `<span class="hint">${show(hint)}</span>` : '',
    outcome === 'SKIP' ? `<span class="message">${show(deviation === null ? (message ?? '') : `deviation: ${deviation}`)}</span>` : '',
  ];
  const badge = [cause ?? '', tries.length > 1 ? `${tries.length} tries` : ''].filter(Boolean).join(' · ');
  return `<li id="${show(id)}" data-outcome="${outcome}"><a href="#${encodeURIComponent(id)}"><span class="outcome ${outcome}">${outcome}</span> <span class="id">${show(id)}</span> <span class="cause"${why === null ? '' : ` title="${why}"`}>${badge}</span> <span class="time">${formatDuration(check.durationMs)}</span> <span class="title">${show(check.title)}</span></a>${notes.join('')}</li>`;
}

function startTime({ startedAt }: RunModel): string {
  return `${new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** JSON inside a script element: nothing in it can end the element or open a comment. Console text was made visible before. */
function embed(value: unknown): string {
  const json = JSON.stringify(value, (key, item) => (typeof item === 'string' && key !== 'text' ? visible(item) : item));
  return json.replace(/[<>&\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
