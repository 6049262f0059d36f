import type { CrashSeverity } from './crash-signature.ts';
import type { SignatureMatch } from './crash-signatures.ts';
import { cutText, fillTitle, normaliseTitle } from './crash-title.ts';
import type { Line } from './lines.ts';
import { findKernelMessage, type KernelMessage } from './printk.ts';

/** What is known of one crash. */
export interface CollectedCrash {
  /** Id of the signature of the first line: the cause, not what followed from it. */
  readonly signature: string;
  readonly class: string;
  /** The worst of the report and its consequences. */
  readonly severity: CrashSeverity;
  /** Normalised, at most 120 characters: equal crashes have equal titles. */
  readonly title: string;
  /** Where the report begins. */
  readonly line: number;
  readonly byteOffset: number;
  /** The report's lines as printed, each ended by a line feed; other programs' lines between them are left out. */
  readonly text: string;
  /** Whether lines beyond the bounds were left out. */
  readonly truncated: boolean;
  /** Function that faulted, where the report tells. */
  readonly function?: string;
  /** Crashes that followed from this one. */
  readonly consequences: readonly Consequence[];
  /** What to do about it. */
  readonly hint?: string;
}

export interface Consequence {
  readonly signature: string;
  readonly title: string;
  readonly line: number;
}

export const maxReportLines = 200;
export const maxReportLength = 16_000;

/** Guest time between two lines of one report, at most. */
const maxPauseMs = 1_000;
/** Other programs' lines in a row, after which the report is over. */
const maxForeignLines = 200;
/** Lines after a report's end mark in which the panic that it leads to is still its consequence. */
const aftermathLines = 8;

const severityOrder: readonly CrashSeverity[] = ['warning', 'oops', 'fatal'];

const lastLine = /^(?:---\[ end |System halted\.|Rebooting in \d{1,9} seconds|Memory cgroup out of memory: |Out of memory: Kill)/;
const faultingFunction = /^(?:pc : |RIP: [0-9a-f]{4}:|PC is at )(\w[\w.]{0,120})\+0x/;
const cutHere = /\[ cut here \]-{3,}$/;

/** Gathers the lines of one crash report and of what follows from it. */
export class CrashCollector {
  readonly #first: SignatureMatch;
  readonly #start: Line;
  readonly #isStamped: boolean;
  readonly #lines: string[] = [];
  readonly #consequences: Consequence[] = [];
  #severity: CrashSeverity;
  #title: string;
  #function: string | undefined;
  #length = 0;
  #truncated = false;
  #lastStampMs: number;
  #foreignLines = 0;
  /** Lines after the end mark, which are the report's only if a consequence follows them; undefined before the mark. */
  #aftermath: string[] | undefined;

  /** `previous` is the line before `start`. */
  constructor(first: SignatureMatch, start: Line, previous: Line | undefined) {
    const message = findKernelMessage(start.text);
    this.#first = first;
    this.#start = start;
    this.#severity = first.signature.severity;
    this.#title = first.title;
    this.#isStamped = message !== undefined;
    this.#lastStampMs = message?.timestampMs ?? 0;
    if (previous !== undefined && cutHere.test(previous.text)) this.#keep(previous.text, findKernelMessage(previous.text));
    this.#keep(start.text, message);
  }

  /** Whether a crash that another line begins belongs to this one. */
  takes(next: SignatureMatch, line: Line): boolean {
    const message = findKernelMessage(line.text);
    if (message !== undefined && this.#pausedBefore(message)) return false;
    if (this.#isFull()) return false;
    const isPanic = next.signature.severity === 'fatal';
    switch (this.#first.signature.severity) {
      case 'fatal':
        return true;
      case 'oops':
        return isPanic || this.#aftermath === undefined;
      case 'warning':
        return next.signature.consequence === true;
    }
  }

  /** Takes a crash that belongs to this one; true if it makes it worse. */
  add(next: SignatureMatch, line: Line): boolean {
    const { id, severity, secondLine } = next.signature;
    const isSecondLine = secondLine === true && this.#aftermath === undefined && this.#consequences.length === 0;
    for (const kept of this.#aftermath ?? []) this.#keep(kept, findKernelMessage(kept));
    this.#aftermath = undefined;
    if (!this.#take(line.text, findKernelMessage(line.text)) && !isSecondLine) {
      this.#consequences.push({ signature: id, title: next.title, line: line.line });
    }
    if (severityOrder.indexOf(severity) <= severityOrder.indexOf(this.#severity)) return false;
    this.#severity = severity;
    return true;
  }

  /** Takes a line that begins no crash; false if the report is over, and the line is none of it. */
  continue(line: Line): boolean {
    const message = findKernelMessage(line.text);
    if (this.#isStamped && message === undefined) {
      this.#foreignLines += 1;
      return this.#foreignLines < maxForeignLines;
    }
    if (message !== undefined && this.#pausedBefore(message)) return false;
    this.#foreignLines = 0;
    if (this.#aftermath !== undefined) return this.#aftermath.push(line.text) < aftermathLines;
    if (this.#isFull()) {
      this.#truncated = true;
      return false;
    }
    this.#take(line.text, message);
    return true;
  }

  report(): CollectedCrash {
    const { signature } = this.#first;
    return {
      signature: signature.id,
      class: signature.class,
      severity: this.#severity,
      title: this.#title,
      line: this.#start.line,
      byteOffset: this.#start.byteOffset,
      text: this.#lines.join(''),
      truncated: this.#truncated,
      ...(this.#function === undefined ? {} : { function: this.#function }),
      consequences: this.#consequences,
      ...(signature.hint === undefined ? {} : { hint: signature.hint }),
    };
  }

  /** The guest's clock went on without the report, or back to 0: it was booted again. */
  #pausedBefore({ timestampMs }: KernelMessage): boolean {
    return timestampMs > this.#lastStampMs + maxPauseMs || timestampMs < this.#lastStampMs - maxPauseMs;
  }

  #isFull(): boolean {
    return this.#lines.length >= maxReportLines || this.#length >= maxReportLength;
  }

  /** Keeps a line; true if it is an end mark. */
  #take(text: string, message: KernelMessage | undefined): boolean {
    this.#keep(text, message);
    const isLast = lastLine.test(message?.text ?? text);
    if (isLast) this.#aftermath = [];
    return isLast;
  }

  #keep(text: string, message: KernelMessage | undefined): void {
    // What a program wrote before the message is none of the report.
    const own = message === undefined ? text : text.slice(message.index);
    const kept = cutText(own, Math.max(0, maxReportLength - this.#length - 1));
    if (kept.length < own.length) this.#truncated = true;
    this.#lines.push(`${kept}\n`);
    this.#length += kept.length + 1;
    if (message !== undefined) this.#lastStampMs = message.timestampMs;
    this.#learn(message?.text ?? text);
  }

  #learn(text: string): void {
    this.#function ??= faultingFunction.exec(text)?.[1];
    const { detail } = this.#first.signature;
    const match = detail && this.#consequences.length === 0 ? detail.pattern.exec(text) : null;
    if (detail && match) this.#title = normaliseTitle(fillTitle(detail.title, match));
  }
}
