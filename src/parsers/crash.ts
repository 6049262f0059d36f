import type { CrashPattern } from '../model/profile.ts';
import { type CollectedCrash, CrashCollector } from './crash-collector.ts';
import type { CrashSeverity } from './crash-signature.ts';
import { SignatureMatcher } from './crash-signatures.ts';
import type { Line } from './lines.ts';
import { findKernelMessage } from './printk.ts';

/** The first line of a crash report was seen; again for the same report when it gets worse (an oops becomes a panic). */
export interface CrashStarted {
  readonly type: 'crash.started';
  /** Id of the signature, e.g. `linux-panic`, or of the profile's pattern. */
  readonly signature: string;
  readonly class: string;
  readonly severity: CrashSeverity;
  readonly title: string;
  readonly line: number;
  readonly byteOffset: number;
}

/** A crash report, complete as far as it was printed. */
export interface CrashReport extends CollectedCrash {
  readonly type: 'crash';
}

export type CrashEvent = CrashStarted | CrashReport;

/** First lines of crashes that are remembered. */
const rememberedCrashes = 256;

const none: readonly CrashEvent[] = [];

/**
 * Finds crash reports in console lines. `crash.started` comes with a report's first line, so that waits can end at once;
 * `crash` when the report is over: its end mark, another report, a pause of the guest's clock, or the bounds on its size.
 */
export class CrashDetector {
  readonly #matcher: SignatureMatcher;
  #open: CrashCollector | undefined;
  #previous: Line | undefined;
  readonly #seen = new Set<string>();

  /** `patterns` are a profile's own; each match is a fatal crash. */
  constructor(patterns: readonly CrashPattern[] = []) {
    this.#matcher = new SignatureMatcher(patterns);
  }

  line(line: Line): readonly CrashEvent[] {
    const match = this.#matcher.match(line.text);
    const found = match !== undefined && this.#isNew(line.text) ? match : undefined;
    const previous = this.#previous;
    this.#previous = line;
    if (found === undefined) return this.#open === undefined ? none : this.#continue(line);

    const open = this.#open;
    if (open?.takes(found, line)) {
      const worse = open.add(found, line);
      return worse ? [started(found.signature.id, found.signature, found.title, line)] : none;
    }
    this.#open = new CrashCollector(found, line, previous);
    const event = started(found.signature.id, found.signature, found.title, line);
    return open === undefined ? [event] : [{ type: 'crash', ...open.report() }, event];
  }

  /** Gives the report that is still open. Lines may follow: the guest may run on. */
  end(): readonly CrashEvent[] {
    this.#previous = undefined;
    return this.#close();
  }

  /** A message with a time stamp that was seen before is being read out (`dmesg`), and no crash. */
  #isNew(text: string): boolean {
    const message = findKernelMessage(text);
    if (message === undefined) return true;
    const key = `${message.timestampMs} ${message.text.slice(0, 200)}`;
    if (this.#seen.has(key)) return false;
    if (this.#seen.size >= rememberedCrashes) this.#seen.clear();
    this.#seen.add(key);
    return true;
  }

  #continue(line: Line): readonly CrashEvent[] {
    return this.#open?.continue(line) === false ? this.#close() : none;
  }

  #close(): readonly CrashEvent[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? none : [{ type: 'crash', ...open.report() }];
  }
}

function started(
  signature: string,
  kind: { class: string; severity: CrashSeverity },
  title: string,
  { line, byteOffset }: Line,
): CrashStarted {
  return { type: 'crash.started', signature, class: kind.class, severity: kind.severity, title, line, byteOffset };
}
