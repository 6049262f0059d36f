import { CrashNaming } from './crash-naming.ts';
import type { CollectedCrash, Consequence } from './crash-report.ts';
import type { CrashSeverity, SignatureMatch } from './crash-signature.ts';
import { cutText } from './crash-title.ts';
import { CrashTrace } from './crash-trace.ts';
import type { Line } from './lines.ts';
import { droppedMessages, findKernelMessage, type KernelMessage, withoutNetBsdStamp } from './printk.ts';
import type { Symbols } from './symbols.ts';

export const maxReportLines = 200;
export const maxReportLength = 16_000;

/** Guest time between two lines of one report, at most. */
const maxPauseMs = 1_000;
/** Other programs' lines in a row, after which the report is over. */
const maxForeignLines = 200;
/** Lines after a report's end mark in which the panic that it leads to is still its consequence: x86-64 prints its registers once more. */
const aftermathLines = 32;

const severityOrder: readonly CrashSeverity[] = ['warning', 'oops', 'fatal'];

const lastLine =
  /^(?:---\[ end |System halted\.|Rebooting in \d{1,9} seconds|Memory cgroup out of memory: |Out of memory(?: \(oom_kill_allocating_task\))?: Kill)/;
const rule = /^={20,}$/;
const mixedReports = 'another report begins within this one';
/** What a task that dies of an oops does wrong on its way out. */
const dyingClass = 'atomic-sleep';

/** A line with the kernel message in it. */
export interface ReadLine extends Line {
  readonly message: KernelMessage | undefined;
}

/** What a report's first line came with. */
export interface CrashStart {
  readonly found: SignatureMatch;
  readonly start: ReadLine;
  /** Lines before it that belong to it, from `cut here` on. */
  readonly preface: readonly ReadLine[];
  readonly context: readonly string[];
}

/** Who printed a line: a task or a CPU, where the kernel tells; empty where it doesn't. */
export function callerOf(message: KernelMessage | undefined): string {
  if (message?.task !== undefined) return `T${message.task}`;
  return message?.cpu === undefined ? '' : `C${message.cpu}`;
}

/** Gathers the lines of one crash report and of what follows from it. */
export class CrashCollector {
  readonly caller: string;
  readonly manyCpus: boolean;
  /** Whether no line belongs to it any more. */
  isOver = false;
  readonly #first: CrashStart;
  readonly #naming: CrashNaming;
  readonly #trace = new CrashTrace();
  readonly #lines: string[] = [];
  readonly #consequences: Consequence[] = [];
  #severity: CrashSeverity;
  #length = 0;
  #truncated = false;
  /** Whether its lines still tell what crashed. */
  #isLearning = true;
  #corrupted: string | undefined;
  #lastStampMs: number;
  #foreignLines = 0;
  /** Lines after the end mark, which are the report's only if a consequence follows them; undefined before the mark. */
  #aftermath: ReadLine[] | undefined;

  constructor(first: CrashStart) {
    const { found, start, preface } = first;
    this.#first = first;
    this.caller = callerOf(start.message);
    this.manyCpus = found.signature.manyCpus === true;
    this.#severity = found.signature.severity;
    this.#naming = new CrashNaming(found);
    this.#lastStampMs = start.message?.timestampMs ?? 0;
    if (start.message?.cpu !== undefined) this.#trace.cpu = start.message.cpu;
    this.#trace.takeGroups(found.match.groups);
    for (const line of preface) this.#keep(line);
    this.#keep(start);
  }

  /** The title as far as it is known when the first line has come. */
  get firstTitle(): string {
    return this.#naming.firstTitle;
  }

  /** Whether it has told all that its title needs. */
  get isComplete(): boolean {
    return this.#naming.isComplete(this.#trace);
  }

  /**
   * Whether another report that begins now is mixed with this one: the kernel doesn't say who prints, and this one has told neither its
   * function nor its back trace.
   */
  get isMixedUp(): boolean {
    if (this.caller !== '' || this.#aftermath !== undefined) return false;
    return !this.isComplete || this.#trace.isCutShort || (this.manyCpus && !this.#naming.tellsFunction(this.#trace));
  }

  /** Whether a crash that another line begins belongs to this one. */
  takes({ signature }: SignatureMatch): boolean {
    if (this.#isFull()) return false;
    const { id, severity, secondLine, consequence, repeats } = signature;
    const first = this.#first.found.signature;
    if (first.endsWithWarning === true && signature.class === 'warning' && this.#aftermath === undefined) return true;
    if (repeats === true && (id === first.id || (secondLine === true && first.repeats === true))) return true;
    if (secondLine === true && first.class === signature.class && first.id !== id && this.#aftermath === undefined) return true;
    switch (this.#severity) {
      case 'fatal':
        return true;
      case 'oops': {
        if (severity === 'fatal' || consequence === true) return true;
        if (this.#aftermath !== undefined) return signature.class === dyingClass;
        return secondLine === true || (this.isComplete && first.endsWithRule !== true);
      }
      case 'warning':
        return consequence === true;
    }
  }

  /** Takes a crash that belongs to this one; true if it makes it worse. */
  add(next: SignatureMatch, line: ReadLine): boolean {
    const { id, severity, secondLine, repeats, consequence } = next.signature;
    const { endsWithWarning } = this.#first.found.signature;
    const isOwn =
      (secondLine === true || repeats === true || endsWithWarning === true) &&
      this.#aftermath === undefined &&
      this.#consequences.length === 0;
    const isMixed = !isOwn && consequence !== true && severity !== 'fatal' && this.isMixedUp;
    if (isMixed) this.distrust(mixedReports);
    for (const kept of this.#aftermath ?? []) this.#keep(kept);
    this.#aftermath = undefined;
    if (!this.#take(line) && !isOwn) {
      this.#consequences.push({ signature: id, title: new CrashNaming(next).firstTitle, line: line.line });
      // Its own lines follow; where two reports are mixed, those of the first one follow as well.
      this.#isLearning &&= isMixed;
    }
    if (severityOrder.indexOf(severity) <= severityOrder.indexOf(this.#severity)) return false;
    this.#severity = severity;
    return true;
  }

  /** Takes a line that begins no crash. */
  continue(line: ReadLine): void {
    if (this.#first.start.message !== undefined && line.message === undefined) {
      this.#takeForeign(line.text);
      return;
    }
    this.#foreignLines = 0;
    if (this.#aftermath !== undefined) {
      this.isOver = this.#aftermath.push(line) >= aftermathLines;
    } else if (this.#isFull()) {
      this.#truncated = true;
      this.isOver = true;
    } else this.#take(line);
  }

  /** Ends the report where the guest's clock went on without it, or back to 0: then it was booted again. */
  passTime({ timestampMs }: KernelMessage): void {
    if (timestampMs > this.#lastStampMs + maxPauseMs || timestampMs < this.#lastStampMs - maxPauseMs) this.isOver = true;
  }

  /** Notes why the report can't be trusted; the first reason stays. */
  distrust(reason: string): void {
    this.#corrupted ??= reason;
  }

  report(symbols: Symbols | undefined): CollectedCrash {
    const { found, start, context } = this.#first;
    const { title, function: culprit, frames } = this.#naming.finish(this.#trace, symbols);
    const { cpu, task, pid } = this.#trace;
    const corrupted = this.#corrupted ?? this.#doubt();
    return {
      signature: found.signature.id,
      class: this.#naming.class,
      severity: this.#severity,
      title,
      line: start.line,
      byteOffset: start.byteOffset,
      text: this.#lines.join(''),
      truncated: this.#truncated,
      ...(culprit === undefined ? {} : { function: culprit }),
      frames,
      ...(cpu === undefined ? {} : { cpu }),
      ...(task === undefined ? {} : { task }),
      ...(pid === undefined ? {} : { pid }),
      context,
      ...(corrupted === undefined ? {} : { corrupted }),
      consequences: this.#consequences,
      ...(found.signature.hint === undefined ? {} : { hint: found.signature.hint }),
    };
  }

  #doubt(): string | undefined {
    if (!this.manyCpus && this.#trace.mixed !== undefined) return this.#trace.mixed;
    return this.isComplete ? undefined : 'the report ends before it tells the function';
  }

  #takeForeign(text: string): void {
    this.#foreignLines += 1;
    if (this.#foreignLines >= maxForeignLines) this.isOver = true;
    if (!this.isComplete && droppedMessages.test(text)) this.distrust('printk dropped messages before the report told the function');
  }

  #isFull(): boolean {
    return this.#lines.length >= maxReportLines || this.#length >= maxReportLength;
  }

  /** Keeps a line; true if it is an end mark. */
  #take(line: ReadLine): boolean {
    this.#keep(line);
    const text = line.message?.text ?? line.text;
    const isLast = lastLine.test(text) || (this.#first.found.signature.endsWithRule === true && rule.test(text));
    if (isLast) this.#aftermath = [];
    return isLast;
  }

  #keep({ text, message }: ReadLine): void {
    // What a program wrote before the message is none of the report.
    const own = message === undefined ? text : text.slice(message.index);
    const kept = cutText(own, Math.max(0, maxReportLength - this.#length - 1));
    if (kept.length < own.length) this.#truncated = true;
    this.#lines.push(`${kept}\n`);
    this.#length += kept.length + 1;
    if (message !== undefined) this.#lastStampMs = message.timestampMs;
    if (this.#isLearning) this.#learn(message?.text ?? withoutNetBsdStamp(text));
  }

  #learn(text: string): void {
    this.#trace.takeGroups(this.#naming.take(text));
    this.#trace.take(text);
    // The report within this one goes on, and its back trace may come first.
    if (this.#consequences.length > 0 && this.#trace.mixed !== undefined) this.#isLearning = false;
    if (text.includes('[') && findKernelMessage(text) !== undefined) this.distrust('two kernel messages share a line');
  }
}
