import type { BootMarker, CrashPattern } from '../model/profile.ts';
import { withoutLeadingReturn } from './carriage-return.ts';
import { CrashDetector } from './crash.ts';
import type { LineBody, MarkerBody, ParserEvent, Position } from './events.ts';
import { genericBootMarkers, genericCrashPatterns, genericPrompt } from './generic.ts';
import { type Line, LineSplitter } from './lines.ts';
import { linuxLog, parseLog } from './log.ts';
import { markerParser } from './marker.ts';
import { type MetricDialect, parseMetrics, parseSummary } from './metric.ts';
import type { KernelMessage } from './printk.ts';
import { type JoinedLine, PrintkJoiner } from './printk-joiner.ts';
import { type PromptSplit, promptParser } from './prompt.ts';
import { parseResult } from './result.ts';
import { parseResultSummary, TestSummaryBlock } from './result-summary.ts';
import type { Symbols } from './symbols.ts';

export interface ConsoleParserOptions {
  /** @default those of Linux and SIS */
  bootMarkers?: readonly BootMarker[];
  /** Matched as in a profile. @default SIS's and BusyBox's */
  prompt?: RegExp;
  /** Beside the built-in signatures. @default SIS's bare `PANIC` */
  crashPatterns?: readonly CrashPattern[];
  /** @default 'any' */
  metricDialect?: MetricDialect;
  /** Names the addresses in crash reports. @default none */
  symbols?: Symbols | undefined;
}

/**
 * Raw console bytes -> events, incrementally; any chunking gives the same events. Every line gives at least one event.
 *
 * A line gives its boot markers, all of them; its prompt; and the first of these that it is: result, count of results,
 * METRIC, summary, log message; text, if it is nothing else. A result and what follows a prompt quote markers, if they
 * have any. Crash reports come beside what their lines are. A kernel message in the middle of a line is a line of its
 * own, and the line is read when its rest has come.
 */
export class ConsoleParser {
  readonly #splitter = new LineSplitter();
  readonly #joiner = new PrintkJoiner();
  readonly #summaryBlock = new TestSummaryBlock();
  readonly #crashes: CrashDetector;
  readonly #markers: (text: string) => MarkerBody[];
  readonly #prompt: (text: string) => PromptSplit | undefined;
  readonly #dialect: MetricDialect;

  constructor({
    bootMarkers = genericBootMarkers,
    prompt = genericPrompt,
    crashPatterns = genericCrashPatterns,
    metricDialect = 'any',
    symbols,
  }: ConsoleParserOptions = {}) {
    this.#crashes = new CrashDetector(crashPatterns, { symbols });
    this.#markers = markerParser(bootMarkers);
    this.#prompt = promptParser(prompt);
    this.#dialect = metricDialect;
  }

  /** Takes the next bytes and gives the events that they complete. */
  push(chunk: Uint8Array): ParserEvent[] {
    return this.#splitter.push(chunk).flatMap((line) => this.#line(line));
  }

  /** Ends the input and gives what was still open. */
  end(): ParserEvent[] {
    const events = this.#splitter.end().flatMap((line) => this.#line(line));
    return [...events, ...this.#joiner.end().flatMap((joined) => this.#joined(joined)), ...this.#crashes.end()];
  }

  #line(line: Line): ParserEvent[] {
    const events = this.#joiner.line(line).flatMap((joined) => this.#joined(joined));
    events.push(...this.#crashes.line(line));
    return events;
  }

  #joined(joined: JoinedLine): ParserEvent[] {
    if (joined.kind === 'message') return at(joined.line, this.#message(joined.message));
    const { line, pieces } = joined;
    const bodies = this.#text(line);
    if (pieces.length > 1 && bodies.every(isText)) {
      // What was put together may be two lines after all: then one of them may say something.
      const apart = pieces.map((piece) => ({ piece, bodies: this.#text(piece) }));
      if (!apart.every((one) => one.bodies.every(isText))) return apart.flatMap((one) => this.#withSummary(one.piece, one.bodies));
    }
    return this.#withSummary(line, bodies);
  }

  #withSummary(line: Line, bodies: readonly LineBody[]): ParserEvent[] {
    const summary = this.#summaryBlock.line(line);
    const events = at(line, bodies);
    return summary === undefined ? events : [...events, summary];
  }

  #message(message: KernelMessage): LineBody[] {
    const read = this.#read(message.text);
    return read[0]?.type === 'result' ? read : [...this.#markers(message.text), ...(read.length > 0 ? read : [linuxLog(message)])];
  }

  #text({ text: raw, continued }: Line): LineBody[] {
    const text = withoutLeadingReturn(raw);
    // Not the line's beginning, where most patterns look.
    if (continued) return [...this.#markers(text), { type: 'text', text }];
    const split = this.#prompt(text);
    if (split === undefined) return this.#plain(text);
    // What follows a prompt may be the echo of a typed command: only a whole METRIC line is none, and no marker counts.
    const { before, prompt, after } = split;
    const [markers, earlier] = [this.#markers(before + prompt), before === '' ? [] : orText(before, this.#read(before))];
    const later = after === '' ? [] : orText(after, this.#read(after, this.#dialect === 'any' ? 'integer' : this.#dialect));
    return [...markers, ...earlier, { type: 'prompt', text: prompt }, ...later];
  }

  #plain(text: string): LineBody[] {
    const read = this.#read(text);
    // A result may quote a marker (`[CHECK] FAIL: MMU ON`).
    const markers = read[0]?.type === 'result' ? [] : this.#markers(text);
    return markers.length > 0 ? [...markers, ...read] : orText(text, read);
  }

  #read(text: string, dialect = this.#dialect): LineBody[] {
    const result = parseResult(text) ?? parseResultSummary(text);
    if (result !== undefined) return [result];
    const metrics = parseMetrics(text, dialect);
    if (metrics.length > 0) return metrics;
    const other = parseSummary(text) ?? parseLog(text);
    return other === undefined ? [] : [other];
  }
}

function isText({ type }: LineBody): boolean {
  return type === 'text';
}

function orText(text: string, bodies: LineBody[]): LineBody[] {
  return bodies.length > 0 ? bodies : [{ type: 'text', text }];
}

function at({ line, byteOffset }: Position, bodies: readonly LineBody[]): ParserEvent[] {
  return bodies.map(({ type, ...body }) => ({ type, line, byteOffset, ...body }) as LineBody & Position);
}
