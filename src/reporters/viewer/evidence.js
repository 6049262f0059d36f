// @ts-check
/**
 * Builds the upper part of a check that went wrong: cause, evidence, what runs it again. What stands in detail.js comes before it in
 * the same script.
 */

/** @typedef {Machine['crashes'][number]} Crash */
/** @typedef {Machine['diagnoses'][number]} Diagnosis */

/** How many functions of a crash's trace are shown at once. */
const maxFunctions = 8;

/**
 * The cause with what it means, then what was expected and what came.
 * @param {Check} check
 */
function verdict({ outcome, cause, explanation, message }) {
  const why =
    explanation === null ? [] : [el('p', { class: 'why' }, el('strong', { class: outcome }, cause ?? outcome), ` ${explanation}`)];
  return [...why, ...(message === null ? [] : [el('p', { class: `message ${outcome}` }, message)])];
}

/**
 * What the verdict rests on, the most telling first.
 * @param {Try} one
 */
function evidence({ machines, tellingStep }) {
  const pieces = [
    ...machines.flatMap(({ crashes }) => crashes.map(crashBox)),
    ...machines.flatMap(({ diagnoses }) => diagnoses.map(diagnosisBox)),
    ...(tellingStep === null ? [] : [piece([tellingStep.title], printed(tellingStep.output))]),
    ...machines.flatMap(({ surprisingEnd }) => (surprisingEnd === null ? [] : [piece([surprisingEnd])])),
    ...machines.flatMap(({ backtraces }) =>
      backtraces.map(({ title, report }) => (report === '' ? piece([title]) : folded(title, report))),
    ),
    ...machines.flatMap(lastWordsBox),
  ];
  return pieces.length === 0 ? [] : [el('section', { class: 'evidence', 'aria-label': 'Evidence' }, el('h3', {}, 'Evidence'), ...pieces)];
}

/**
 * Where a diagnosis tells more, they are folded: what to do stays in view.
 * @param {Machine} machine
 */
function lastWordsBox({ lastWords, diagnoses }) {
  const title = 'The console’s last lines';
  if (lastWords === '') return [];
  return [diagnoses.length > 0 ? folded(title, lastWords) : piece([`${title}:`], printed(lastWords))];
}

/** @param {Crash} crash */
function crashBox({ title, line, trace, doubt, report }) {
  const [culprit, ...callers] = trace;
  const shown = callers.slice(0, maxFunctions);
  const more = callers.length - shown.length;
  return piece(
    [el('strong', {}, 'Crash: '), title, el('span', { class: 'quiet' }, ` (line ${line} of the console)`)],
    culprit === undefined ? null : el('p', {}, 'In ', el('code', { class: 'culprit' }, culprit), shown.length === 0 ? '' : ', called by:'),
    shown.length === 0
      ? null
      : el(
          'ol',
          { class: 'trace' },
          ...shown.map((name) => el('li', {}, el('code', {}, name))),
          ...(more > 0 ? [el('li', { class: 'quiet' }, `${more} more in the report`)] : []),
        ),
    doubt === null ? null : el('p', { class: 'doubt' }, doubt),
    inConsole(),
    folded('The kernel’s crash report', report),
  );
}

/** Leads to the crash in the console, where the lines before it are. */
function inConsole() {
  const button = el('button', { type: 'button' }, 'Show in the console');
  button.addEventListener('click', () => {
    const box = button.closest('#detail')?.querySelector('.console:has(.crash)');
    box?.scrollIntoView({ block: 'nearest' });
    /** @type {HTMLElement | null | undefined} */ (box)?.focus({ preventScroll: true });
  });
  return button;
}

/** @param {Diagnosis} diagnosis */
function diagnosisBox({ title, vcpus, facts }) {
  const rows = vcpus.map(({ index, wanted, had, places }) =>
    el(
      'tr',
      {},
      el('td', {}, `${index}`),
      el('td', { class: 'number' }, wanted),
      el('td', { class: 'number' }, had),
      el('td', {}, ...(places.length === 0 ? ['unknown'] : places.map((place) => el('code', { class: 'place' }, place)))),
    ),
  );
  return piece(
    [title],
    rows.length === 0 ? null : table(['vCPU', 'Wanted of a host CPU', 'Had', 'Where it was'], rows),
    el('ul', { class: 'facts' }, ...facts.map((fact) => el('li', {}, fact))),
  );
}

/**
 * The command that runs the check again.
 * @param {Check} check
 */
function again({ command, outcome }) {
  if (command === null) return [];
  const notes = [
    / --(kernel|initramfs|profile)[ =]/.test(command) ? 'Files are named without their folders.' : '',
    outcome !== 'MISS' && command.startsWith('bringup run ')
      ? 'With --keep-failed the machine is kept, and bringup attach opens its console.'
      : '',
  ].filter(Boolean);
  const note = notes.length === 0 ? null : el('small', {}, notes.join(' '));
  return [el('p', { class: 'again' }, el('strong', {}, 'Run it again:'), ' ', el('code', {}, command), note)];
}

/** @param {(Node | string)[]} title @param {...(Node | null)} content */
function piece(title, ...content) {
  return el('div', { class: 'piece' }, el('p', {}, ...title), ...content);
}

/** @param {string} title @param {string} text */
function folded(title, text) {
  return el('details', {}, el('summary', {}, title), printed(text));
}

/** @param {string} text */
function printed(text) {
  return text.trim() === '' ? null : el('pre', { class: 'printed', tabindex: '0' }, text);
}
