// @ts-check
/**
 * Builds what the viewer shows of one check. Everything from the record is set as text, never as markup.
 */

/** @typedef {import('../html-data.ts').ViewerCheck} Check */
/** @typedef {import('../html-data.ts').ViewerTry} Try */
/** @typedef {import('../html-data.ts').ViewerMachine} Machine */
/** @typedef {import('../html-data.ts').ViewerConsolePart} Part */

/** @template {HTMLElement} T @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));
const detail = byId('detail');

/**
 * @param {string} tag
 * @param {{ class?: string, [attribute: string]: string | undefined }} attributes
 * @param {...(Node | string | null)} content
 */
function el(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  element.append(...content.filter((one) => one !== null));
  return element;
}

/** @param {number} ms */
function duration(ms) {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** @param {Check} check */
function showCheck(check) {
  const { id, title, outcome, source, budgetMs, tries } = check;
  const last = tries.at(-1);
  const heading = el('h2', { tabindex: '-1' }, title);
  const budget = budgetMs === null ? '' : ` of at most ${duration(budgetMs)}`;
  const facts = [`${duration(check.durationMs)}${budget}`, source, tries.length > 1 ? `${tries.length} tries` : null];
  detail.replaceChildren(
    el('a', { href: '#', id: 'back' }, '← All checks'),
    heading,
    el(
      'p',
      { class: 'facts' },
      el('span', { class: `outcome ${outcome}` }, outcome),
      ' ',
      el('span', { class: 'id' }, id),
      ...facts.filter(Boolean).map((fact) => ` · ${fact}`),
    ),
    ...verdict(check),
    ...(check.deviation === null ? [] : [el('p', { class: 'deviation' }, el('strong', {}, 'Deviation:'), ' ', check.deviation)]),
    ...(last === undefined ? [] : evidence(last)),
    ...(check.hint === null ? [] : [el('p', { class: 'hint' }, el('strong', {}, 'What to do:'), ' ', check.hint)]),
    ...again(check),
    ...(tries.length > 1 ? [triesTable(tries)] : []),
    ...(last === undefined ? [] : tryDetails(last)),
    ...tries
      .slice(0, -1)
      .map((one, index) => el('details', {}, el('summary', {}, `Try ${index + 1}: ${one.outcome}`), ...evidence(one), ...tryDetails(one))),
    el('h3', {}, 'Files'),
    el(
      'p',
      { class: 'facts' },
      check.bundle === null
        ? 'The whole record is in run.jsonl beside this file.'
        : `Bundle: ${check.bundle}. The whole record is in run.jsonl.`,
    ),
  );
  detail.hidden = false;
  document.body.classList.add('open');
  revealFailure();
  return heading;
}

/** Scrolls each console, not the page, to what went wrong: the failed command, else the crash; a console without either to its end. */
function revealFailure() {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (detail.querySelectorAll('.console'))) {
    const target = /** @type {HTMLElement | null} */ (box.querySelector('.failed') ?? box.querySelector('.crash'));
    box.scrollTop = target === null ? box.scrollHeight : target.offsetTop - box.offsetTop - 60;
  }
}

/** @param {readonly Try[]} tries */
function triesTable(tries) {
  const body = tries.map((one, index) =>
    el(
      'tr',
      {},
      el('td', {}, `${index + 1}`),
      el('td', {}, el('span', { class: `outcome ${one.outcome}` }, one.outcome)),
      el('td', {}, one.cause ?? ''),
      el('td', {}, one.message ?? ''),
      el('td', { class: 'number' }, duration(one.durationMs)),
    ),
  );
  return section('Tries', table(['Try', 'Outcome', 'Cause', 'Message', 'Time'], body));
}

/** @param {Try} one */
function tryDetails(one) {
  const consoles = one.machines.map((machine, index) => machineSection(machine, one.machines.length > 1 ? ` ${index + 1}` : '', one));
  return [
    ...(one.steps.length > 0 ? [stepsTable(one, consoles)] : []),
    ...(one.metrics.length > 0 ? [metricsTable(one)] : []),
    ...consoles,
  ];
}

/** @param {Try} one @param {readonly HTMLElement[]} consoles */
function stepsTable(one, consoles) {
  const body = one.steps.map((step, index) => {
    const show = el('button', { type: 'button' }, 'Show');
    show.addEventListener('click', () => showStep(consoles, index));
    const hasConsole = consoles.some((box) => box.querySelector(`[data-step="${index}"]`) !== null);
    const output =
      step.output === undefined || step.output === '' ? null : el('details', {}, el('summary', {}, 'output'), el('pre', {}, step.output));
    const status = step.exitStatus === undefined ? (step.ok ? '' : 'failed') : `${step.exitStatus}`;
    return el(
      'tr',
      { class: step.ok ? undefined : 'bad' },
      el('td', {}, el('code', {}, step.title), output),
      el('td', { class: 'number' }, status),
      el('td', { class: 'number' }, duration(step.durationMs)),
      el('td', { class: 'number' }, hasConsole ? show : ''),
    );
  });
  return section('Steps', table(['Step', 'Exit status', 'Time', 'Console'], body));
}

/** @param {readonly HTMLElement[]} consoles @param {number} index */
function showStep(consoles, index) {
  for (const shown of detail.querySelectorAll('.shown')) shown.classList.remove('shown');
  const region = consoles.map((box) => box.querySelector(`[data-step="${index}"]`)).find((found) => found !== null);
  region?.classList.add('shown');
  region?.scrollIntoView({ block: 'nearest' });
  /** @type {HTMLElement | null | undefined} */ (region?.closest('.console'))?.focus({ preventScroll: true });
}

/** @param {Try} one */
function metricsTable(one) {
  const body = one.metrics.map(({ name, value, unit, samples }) =>
    el(
      'tr',
      {},
      el('td', {}, el('code', {}, name)),
      el('td', { class: 'number' }, `${value}`),
      el('td', {}, unit ?? ''),
      el('td', { class: 'number' }, `${samples ?? ''}`),
    ),
  );
  return section('Metrics', table(['Metric', 'Value', 'Unit', 'Samples'], body));
}

/** @param {Machine} machine @param {string} number @param {Try} one */
function machineSection(machine, number, one) {
  const first = machine.markers.filter(({ marker }, at, all) => all.findIndex((each) => each.marker === marker) === at);
  const markers = first.map(({ marker, sinceStartMs }) => `${marker} ${duration(sinceStartMs)}`).join(', ');
  const isDriven = machine.parts.some(({ text }) => text.includes('@@br:'));
  const facts = [
    markers === '' ? '' : `Boot markers: ${markers}.`,
    machine.exit ?? '',
    isDriven ? 'Lines with @@br: or __b are bringup’s own: that is how it runs commands.' : '',
  ]
    .filter(Boolean)
    .join(' ');
  const name = `Console${number}`;
  return section(
    name,
    facts === '' ? null : el('p', { class: 'facts' }, facts),
    machine.argv.length === 0
      ? null
      : el('details', {}, el('summary', {}, 'QEMU’s command line'), el('pre', { class: 'argv' }, machine.argv.join(' '))),
    machine.parts.length === 0 ? el('p', { class: 'facts' }, 'Nothing was recorded.') : consoleBox(machine, name, one),
  );
}

/** @param {Machine} machine @param {string} name @param {Try} one */
function consoleBox(machine, name, one) {
  const box = el('pre', { class: 'console', tabindex: '0', role: 'region', 'aria-label': name });
  const leftOut =
    machine.omittedBytes === 0
      ? null
      : el(
          'span',
          { class: 'left-out' },
          `${machine.omittedBytes.toLocaleString('en')} of ${machine.sizeBytes.toLocaleString('en')} bytes left out`,
        );
  const parts = machine.parts.map((part) => consolePart(part, one));
  if (leftOut !== null) parts.splice(parts.length - 1, 0, [leftOut]);
  box.append(...parts.flat());
  return box;
}

/**
 * Blocks of lines, each in one region or none; where a crash lies in a command's lines, the crash shows.
 * @param {Part} part @param {Try} one
 */
function consolePart({ text, styles, regions }, one) {
  const edges = [...new Set([0, text.length, ...regions.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
  let next = 0;
  return edges.slice(0, -1).map((from, index) => {
    const to = edges[index + 1] ?? text.length;
    const inside = regions.filter((region) => region.from <= from && region.to >= to);
    const region = inside.find(({ kind }) => kind === 'crash') ?? inside[0];
    const step = inside.find((found) => found.step !== undefined)?.step;
    const title = step === undefined ? undefined : one.steps[step]?.title;
    const block = el('span', { class: region?.kind ?? 'lines', 'data-step': step === undefined ? undefined : `${step}`, title });
    next = appendStyled(block, text, styles, from, to, next);
    return block;
  });
}

/**
 * @param {HTMLElement} block @param {string} text @param {Part['styles']} styles @param {number} from @param {number} to
 * @param {number} next First style that may lie in the range.
 */
function appendStyled(block, text, styles, from, to, next) {
  let at = from;
  let index = next;
  for (; index < styles.length; index++) {
    const [start, end, classes] = /** @type {Part['styles'][number]} */ (styles[index]);
    if (start >= to) break;
    if (start > at) block.append(text.slice(at, start));
    const stop = Math.min(end, to);
    if (stop > Math.max(start, at)) block.append(el('span', { class: classes }, text.slice(Math.max(start, at), stop)));
    at = Math.max(at, stop);
    if (end > to) break;
  }
  if (at < to) block.append(text.slice(at, to));
  return index;
}

/** @param {string} title @param {...(Node | null)} content */
function section(title, ...content) {
  return el('section', {}, el('h3', {}, title), ...content);
}

/** @param {readonly string[]} names @param {readonly HTMLElement[]} body */
function table(names, body) {
  const numbers = ['Exit status', 'Time', 'Value', 'Console', 'Wanted of a host CPU', 'Had'];
  const head = el('tr', {}, ...names.map((name) => el('th', { scope: 'col', class: numbers.includes(name) ? 'number' : undefined }, name)));
  return el('table', {}, el('thead', {}, head), el('tbody', {}, ...body));
}
