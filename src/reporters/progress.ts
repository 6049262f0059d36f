import { type Outcome, outcomes } from '../model/outcome.ts';
import type { RunEvent, RunEventOf } from '../model/run-event.ts';
import { buildCheck, type CheckEvent } from './build-check.ts';
import { explanationOf } from './causes.ts';
import { consoleText } from './console-text.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { commandFor } from './reproduce.ts';
import type { RunModel } from './run-model.ts';
import { formatDuration, neutraliseWorkflowCommands, takeStart } from './text.ts';
import { needsAttention, verdictOf } from './verdict.ts';

export interface ProgressOptions {
  /** Whether a status line may be drawn and redrawn: a terminal, and not in CI. */
  readonly interactive: boolean;
  /** Whether colours may be used, see `wantsColour`. */
  readonly colour: boolean;
  /** Width of the terminal in columns. @default 80 */
  readonly columns?: number;
}

/** Whether to write colours to a stream: never with NO_COLOR (https://no-color.org), else on a terminal. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTty: boolean): boolean {
  return isTty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/** How many lines of a piece of evidence stand in the log; the reports have it whole. */
const shownLines: Readonly<Record<Evidence['kind'], number>> = { crash: 30, diagnosis: 0, step: 10, exit: 0, backtraces: 0, console: 8 };

/**
 * A run's progress as text for a terminal or a CI log. Fed with events, it returns what to write: a line for each check that
 * finished, and on a terminal a status line below them, redrawn in place.
 */
export class Progress {
  readonly #options: ProgressOptions;
  /** Events so far of each check that runs. */
  readonly #running = new Map<string, CheckEvent[]>();
  readonly #finished = new Map<Outcome, number>();
  /** The first check that came to each failure, by what it came to. */
  readonly #told = new Map<string, string>();

  #started: RunEventOf<'run.started'> | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** What to write for the event; empty for events that show nothing. */
  event(event: RunEvent): string {
    if (event.type === 'run.started') this.#started = event;
    if (!('check' in event)) return '';
    const events = this.#running.get(event.check) ?? [];
    events.push(event);
    if (event.type === 'check.started') {
      this.#running.set(event.check, events);
      const again = event.try > 1 ? `${event.check}: try ${event.try}\n` : '';
      return this.#draw(safe(again));
    }
    if (event.type !== 'check.finished') return '';
    this.#running.delete(event.check);
    this.#finished.set(event.outcome, (this.#finished.get(event.outcome) ?? 0) + 1);
    return this.#draw(this.#resultLines(event, events));
  }

  /** What to write at the end: the verdict in counts, what the exit code means, and where the report is. */
  finish(model: RunModel, reportPath: string): string {
    const { outcome, counts, notes, meaning } = verdictOf(model);
    const lines = [
      '',
      ...model.errors.map(({ cause, message }) => this.#detail(`error outside the checks (${cause})`, message)),
      `${this.#paint(outcome)} ${counts}${notes === '' ? '' : ` (${notes})`} in ${formatDuration(model.durationMs)}`,
      `exit code ${model.exitCode}: ${meaning}`,
      `report: ${reportPath}`,
      '',
    ];
    return this.#clear() + lines.join('\n');
  }

  #resultLines(event: RunEventOf<'check.finished'>, events: readonly CheckEvent[]): string {
    const why = explanationOf(event);
    const cause = event.cause === null ? '' : `  ${event.cause}${why === null ? '' : `: ${why}`}`;
    const again = event.tries.length > 1 ? `, ${event.tries.length} tries` : '';
    const line = `${this.#paint(event.outcome)} ${safe(event.check)} (${formatDuration(event.durationMs)}${again})${cause}`;
    const details: string[] = [];
    if (needsAttention(event)) {
      if (event.message !== null) details.push(this.#detail('', event.message));
      const first = this.#firstLike(event);
      if (first !== event.check) details.push(this.#detail('evidence, and what to do', `as for ${first}; its own is in the report`));
      else details.push(...this.#evidenceAndAdvice(event, events));
      const command = this.#started === undefined ? null : commandFor({ mutant: null, ...this.#started }, { ...event, id: event.check });
      if (command !== null) details.push(this.#detail('run it again', command));
    } else if (event.outcome === 'SKIP') {
      const reason = event.deviation === null ? event.message : `deviation: ${event.deviation}`;
      if (reason !== null) details.push(this.#detail('', reason));
    }
    return `${[line, ...details].join('\n')}\n`;
  }

  /** The first check that failed as this one: by the same cause, with a message that differs in numbers at most. */
  #firstLike({ check, cause, message }: RunEventOf<'check.finished'>): string {
    const failure = `${cause} ${message?.replace(/0x[0-9a-f]+|\d+/g, '0')}`;
    const first = this.#told.get(failure) ?? check;
    this.#told.set(failure, first);
    return first;
  }

  #evidenceAndAdvice({ hint }: RunEventOf<'check.finished'>, events: readonly CheckEvent[]): string[] {
    const last = buildCheck(events).tries.at(-1);
    const evidence = last === undefined ? [] : evidenceOf(last);
    return [...evidence.map((piece) => this.#evidence(piece)), ...(hint === null ? [] : [this.#detail('what to do', hint)])];
  }

  #evidence({ kind, title, body }: Evidence): string {
    const lines = body === '' ? [] : body.split('\n');
    const shown = lines.slice(0, shownLines[kind]);
    const left = lines.length - shown.length;
    const note = left > 0 ? [`  (${left} more lines in the report)`] : [];
    return this.#detail('', [title, ...shown.map((line) => `  ${line}`), ...note].join('\n'));
  }

  /** Indented by more than white space, so that no line of the guest's begins one of the log's. */
  #detail(title: string, text: string): string {
    const shown = safe(takeStart(text, 4000)).trimEnd();
    return `${title === '' ? '' : `${title}: `}${shown}`.replace(/^/gm, '     │ ');
  }

  #draw(lines: string): string {
    if (!this.#options.interactive) return lines;
    return `${this.#clear()}${lines}${this.#status()}`;
  }

  #status(): string {
    const counts = outcomes.filter((outcome) => this.#finished.has(outcome)).map((outcome) => `${this.#finished.get(outcome)} ${outcome}`);
    const running = [...this.#running.keys()].map(safe);
    const status = [...counts, running.length > 0 ? `running ${running.join(', ')}` : ''].filter(Boolean).join(' · ');
    // One column is left free: a full line would wrap, and then not be cleared.
    return takeStart(status, (this.#options.columns ?? 80) - 1);
  }

  #clear(): string {
    return this.#options.interactive ? '\r\x1b[2K' : '';
  }

  #paint(outcome: Outcome): string {
    return this.#options.colour ? `\x1b[${colours[outcome]}m${outcome}\x1b[0m` : outcome;
  }
}

const colours: Readonly<Record<Outcome, string>> = { FAIL: '1;31', ERROR: '1;31', MISS: '1;33', PASS: '32', DONE: '36', SKIP: '2' };

/** Text that may quote the guest: no control characters, no commands for GitHub's log. */
function safe(text: string): string {
  return neutraliseWorkflowCommands(consoleText(Buffer.from(text)));
}
