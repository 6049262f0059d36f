import { callerOf, type ReadLine } from './crash-collector.ts';
import type { CrashDetail } from './crash-signature.ts';
import { cutText } from './crash-title.ts';
import type { Line } from './lines.ts';
import { findKernelMessage } from './printk.ts';

/** Lines of context that a report has, at most. */
const maxContextLines = 8;
const maxContextLength = 400;
/** How far before its first line a report may begin. */
const maxPrefaceLines = 8;
const kept = maxContextLines + maxPrefaceLines;

const cutHere = /\[ cut here \]-{3,}$/;
const rule = /^={20,}$/;

/** The last lines before the one that is read. */
export class CrashContext {
  readonly #ring: Line[] = [];
  #next = 0;
  /** Number of the last report's first line: what stands before it can't begin another one. */
  #floor = 0;

  push(line: Line): void {
    if (line.text === '') return;
    this.#ring[this.#next] = line;
    this.#next = (this.#next + 1) % kept;
  }

  /** A report begins with this line. */
  begin({ line }: Line): void {
    this.#floor = line;
  }

  clear(): void {
    this.#ring.length = 0;
    this.#next = 0;
  }

  /** What stands before a report's first line: the lines from `cut here` on, which are its own, and the context. */
  before(start: ReadLine, details: readonly CrashDetail[] = []): { preface: readonly ReadLine[]; context: readonly string[] } {
    const ring = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    const lines = ring.filter(({ line }) => line < start.line);
    const own = callerOf(start.message);
    const read = lines.slice(-maxPrefaceLines).map((line) => ({ ...line, message: findKernelMessage(line.text) }));
    const isOwn = ({ line, message }: ReadLine): boolean =>
      line > this.#floor && callerOf(message) === own && (message === undefined) === (start.message === undefined);
    const ofReport = read.filter(isOwn);
    const cut = ofReport.findLastIndex(({ text }) => cutHere.test(text));
    const last = ofReport.at(-1);
    const lastText = last?.message?.text ?? last?.text ?? '';
    const isPart = rule.test(lastText) || details.some(({ comesBefore, pattern }) => comesBefore === true && pattern.test(lastText));
    const preface = cut !== -1 ? ofReport.slice(cut) : last !== undefined && isPart ? [last] : [];
    const first = preface[0]?.line ?? start.line;
    const context = lines.filter(({ line }) => line < first).slice(-maxContextLines);
    return { preface, context: context.map(({ text }) => cutText(text, maxContextLength)) };
  }
}
