// @ts-check
/**
 * The viewer: the list that is in the page already, its filters and keys, and beside it the check that is open. Runs from disk, asks
 * for nothing. What stands in detail.js comes before it in the same script.
 */

/** @type {HTMLInputElement} */
const search = byId('search');
/** @type {Readonly<Record<string, Check>>} */
const checks = Object.assign(Object.create(null), JSON.parse(byId('data').textContent ?? '{}'));
const rows = /** @type {HTMLLIElement[]} */ ([...document.querySelectorAll('#list li')]);
const filters = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll('.filters button')]);
const wide = matchMedia('(min-width: 1000px)');

// The list

/** @param {HTMLLIElement} row */
const linkOf = (row) => /** @type {HTMLAnchorElement} */ (row.firstElementChild);
const visibleRows = () => rows.filter((row) => !row.hidden);
const currentRow = () => rows.find((row) => linkOf(row).getAttribute('aria-current') === 'true');

/** @param {string} id @param {string} words */
function consoleHas(id, words) {
  return (checks[id]?.tries ?? []).some((one) =>
    one.machines.some(({ parts }) => parts.some(({ text }) => text.toLowerCase().includes(words))),
  );
}

function applyFilters() {
  const words = search.value.trim().toLowerCase();
  const pressed = new Set(
    filters.filter((button) => button.getAttribute('aria-pressed') === 'true').map((button) => button.dataset.outcome),
  );
  for (const row of rows) {
    const matches = words === '' || (row.textContent ?? '').toLowerCase().includes(words) || consoleHas(row.id, words);
    row.hidden = !pressed.has(row.dataset.outcome) || !matches;
  }
  for (const phase of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.phase'))) {
    const own = [...phase.querySelectorAll('li')];
    phase.hidden = own.length > 0 && own.every((row) => row.hidden);
  }
  const shown = visibleRows().length;
  byId('shown').textContent = `${shown === rows.length ? '' : `${shown} of `}${rows.length} check${rows.length === 1 ? '' : 's'}`;
  byId('none').hidden = shown > 0 || rows.length === 0;
}

/** @param {number} by */
function moveFocus(by) {
  const shown = visibleRows();
  const focused = document.activeElement?.closest('#list li') ?? currentRow();
  const index = shown.indexOf(/** @type {HTMLLIElement} */ (focused));
  const row = shown[index < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.max(0, Math.min(shown.length - 1, index + by))];
  if (row !== undefined) linkOf(row).focus();
}

/** @param {boolean} focus Whether a reader asked for the check, so that the focus follows. */
function route(focus) {
  const id = decode(location.hash.slice(1));
  const before = currentRow();
  before?.firstElementChild?.removeAttribute('aria-current');
  const check = checks[id];
  if (check === undefined) {
    showList();
    if (focus && before !== undefined) linkOf(before).focus();
    return;
  }
  const row = rows.find((one) => one.id === id);
  if (row !== undefined) {
    linkOf(row).setAttribute('aria-current', 'true');
    row.scrollIntoView({ block: 'nearest' });
  }
  const heading = showCheck(check);
  if (wide.matches) detail.scrollTop = 0;
  else scrollTo(0, 0);
  if (focus) heading.focus({ preventScroll: true });
}

function showList() {
  detail.hidden = true;
  document.body.classList.remove('open');
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Keys

const help = /** @type {HTMLDialogElement} */ (
  el(
    'dialog',
    { 'aria-label': 'Keyboard' },
    el('h2', {}, 'Keyboard'),
    el(
      'dl',
      {},
      ...[
        ['j ↓ / k ↑', 'next / previous check'],
        ['Enter', 'open the check'],
        ['f', 'next failed check'],
        ['/', 'search'],
        ['Esc', 'leave the search, back to the list'],
        ['?', 'this help'],
      ].flatMap(([key, what]) => [el('dt', {}, el('kbd', {}, key ?? '')), el('dd', {}, what ?? '')]),
    ),
    el('form', { method: 'dialog' }, el('button', {}, 'Close')),
  )
);

function openNextFailure() {
  const bad = visibleRows().filter((row) => ['FAIL', 'ERROR', 'MISS'].includes(row.dataset.outcome ?? ''));
  const current = currentRow();
  const after = current === undefined ? bad[0] : (bad.find((row) => rows.indexOf(row) > rows.indexOf(current)) ?? bad[0]);
  if (after !== undefined) location.hash = linkOf(after).hash;
}

function backToList() {
  if (wide.matches) currentRow()?.querySelector('a')?.focus();
  else location.hash = '';
}

/** @type {Readonly<Record<string, () => void>>} */
const keys = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  f: openNextFailure,
  '/': () => search.focus(),
  '?': () => help.showModal(),
  Escape: backToList,
};
const arrows = /** @type {Readonly<Record<string, () => void>>} */ ({ ArrowDown: () => moveFocus(1), ArrowUp: () => moveFocus(-1) });

document.addEventListener('keydown', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (target === search) {
    if (event.key !== 'Escape' && event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    if (event.key === 'Escape') search.value = '';
    applyFilters();
    search.blur();
    moveFocus(1);
    return;
  }
  // Arrows scroll a console that has the focus.
  const action = Object.hasOwn(keys, event.key)
    ? keys[event.key]
    : target.closest('.console') === null && Object.hasOwn(arrows, event.key)
      ? arrows[event.key]
      : undefined;
  if (action === undefined) return;
  event.preventDefault();
  action();
});

search.addEventListener('input', applyFilters);
for (const button of filters) {
  button.addEventListener('click', () => {
    button.setAttribute('aria-pressed', button.getAttribute('aria-pressed') === 'true' ? 'false' : 'true');
    applyFilters();
  });
}
byId('help').addEventListener('click', () => help.showModal());
addEventListener('hashchange', () => route(true));

document.documentElement.classList.add('js');
document.body.append(help);
/** @type {HTMLElement} */ (document.querySelector('.toolbar')).hidden = false;
applyFilters();
const firstBad =
  rows.find((row) => row.dataset.outcome === 'FAIL') ?? rows.find((row) => ['ERROR', 'MISS'].includes(row.dataset.outcome ?? ''));
// Beside the list there is room: a reader sees at once what went wrong.
if (location.hash === '' && wide.matches && firstBad !== undefined) history.replaceState(null, '', linkOf(firstBad).hash);
route(false);
