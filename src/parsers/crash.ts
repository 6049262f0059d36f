import { CrashCollector, callerOf, type ReadLine } from './crash-collector.ts';
import { CrashContext } from './crash-context.ts';
import type { CollectedCrash } from './crash-report.ts';
import type { CrashSeverity, SignatureMatch } from './crash-signature.ts';
import { type RegisteredPattern, SignatureMatcher } from './crash-signatures.ts';
import type { Line } from './lines.ts';
import { findKernelMessage, type KernelMessage } from './printk.ts';
import { RebootWatch } from './reboot-watch.ts';
import { StampWatch } from './stamp-watch.ts';
import type { Symbols } from './symbols.ts';

/** The first line of a crash report was seen; again for the same report when it gets worse (an oops becomes a panic). */
export interface CrashStarted {
  readonly type: 'crash.started';
  /** Id of the signature, e.g. `linux-panic`, or of the profile's pattern. */
  readonly signature: string;
  readonly class: string;
  readonly severity: CrashSeverity;
  /** As far as the first line tells. */
  readonly title: string;
  readonly line: number;
  readonly byteOffset: number;
}

/** A crash report, complete as far as it was printed. */
export interface CrashReport extends CollectedCrash {
  readonly type: 'crash';
}

export type CrashEvent = CrashStarted | CrashReport;

export interface CrashDetectorOptions {
  /** Names the addresses that a report leaves without a name. @default none */
  symbols?: Symbols | undefined;
}

/** First lines of crashes that are remembered. */
const rememberedCrashes = 256;
/** Reports that are open at the same time, at most; then the oldest ends. */
const maxOpen = 8;

const none: readonly CrashEvent[] = [];

/**
 * Finds crash reports in console lines. `crash.started` comes with a report's first line, so that waits can end at once;
 * `crash` when the report is over: its end mark, another report, a pause of the guest's clock, or the bounds on its size. Reports that
 * several tasks or CPUs print in turn are taken apart where the kernel says who prints (CONFIG_PRINTK_CALLER).
 */
export class CrashDetector {
  readonly #matcher: SignatureMatcher;
  readonly #symbols: Symbols | undefined;
  readonly #context = new CrashContext();
  readonly #reboots = new RebootWatch();
  /** In the order in which they began, and given in that order: the first crash is the first report. */
  #reports: CrashCollector[] = [];
  readonly #stamps = new StampWatch();
  readonly #seen = new Set<string>();

  /** `patterns` are a profile's own; each match is a fatal crash. */
  constructor(patterns: readonly RegisteredPattern[] = [], { symbols }: CrashDetectorOptions = {}) {
    this.#matcher = new SignatureMatcher(patterns);
    this.#symbols = symbols;
  }

  /** Whether a report has begun and is not given yet. */
  get isOpen(): boolean {
    return this.#reports.length > 0;
  }

  line(line: Line): readonly CrashEvent[] {
    const mayBegin = !line.continued && this.#matcher.mayMatch(line.text, this.#stamps.isSeen);
    const isQuiet = !mayBegin && this.#reports.length === 0 && !this.#reboots.isWatching && !this.#stamps.isHolding;
    const message = isQuiet && this.#stamps.isSeen ? undefined : findKernelMessage(line.text);
    if (message !== undefined) this.#stamps.see();
    const events = isQuiet ? none : this.#read({ ...line, message }, mayBegin);
    this.#context.push(line);
    return events;
  }

  /** Gives the reports that are still open. Lines may follow: the guest may run on. */
  end(): readonly CrashEvent[] {
    this.#context.clear();
    for (const report of this.#reports) report.isOver = true;
    return this.#takeOver();
  }

  #read(line: ReadLine, mayBegin: boolean): readonly CrashEvent[] {
    const { message } = line;
    if (message !== undefined) for (const report of this.#reports) report.passTime(message);
    // Those that time ended come before what this line begins.
    const before = this.#takeOver();
    const { isSeen } = this.#stamps;
    const match = (needsStamp: boolean) => (mayBegin ? this.#matcher.match(line.text, message, isSeen, needsStamp) : undefined);
    const late = message === undefined ? this.#stamps.take(line, (needsStamp) => match(needsStamp) !== undefined) : [];
    const belated = late.flatMap((held) => this.#read(held, this.#matcher.mayMatch(held.text, true)));
    const found = match(this.#stamps.isNeeded);
    const begun = found !== undefined && this.#isNew(line) ? this.#begin(found, line) : this.#continue(line);
    return [...before, ...belated, ...this.#takeReboot(line), ...this.#takeOver(), ...begun];
  }

  /** The open report that a line of this caller belongs to. */
  #reportOf(message: KernelMessage | undefined): CrashCollector | undefined {
    const caller = callerOf(message);
    return this.#reports.findLast(({ isOver, caller: own }) => !isOver && own === caller) ?? (message ? undefined : this.#newest());
  }

  #newest(): CrashCollector | undefined {
    return this.#reports.findLast(({ isOver }) => !isOver);
  }

  #begin(found: SignatureMatch, line: ReadLine): readonly CrashEvent[] {
    if (found.signature.severity === 'fatal') this.#reboots.excuse();
    const own = this.#reportOf(line.message);
    const { consequence, secondLine } = found.signature;
    const target = own ?? (consequence || secondLine ? this.#newest() : undefined);
    const next = new CrashCollector({ found, start: line, ...this.#context.before(line, found.signature.details) });
    if (target?.takes(found)) return target.add(found, line) ? [startedEvent(found, next.firstTitle, line)] : none;
    if (own !== undefined) supersede(own, next);
    this.#context.begin(line);
    this.#reports.push(next);
    if (this.#reports.length > maxOpen) end(this.#reports.find(({ isOver }) => !isOver));
    return [startedEvent(found, next.firstTitle, line)];
  }

  #continue(line: ReadLine): readonly CrashEvent[] {
    if (line.message === undefined) for (const report of this.#reports) report.continue(line);
    else (this.#reportOf(line.message) ?? this.#reports.findLast(({ isOver, manyCpus }) => !isOver && manyCpus))?.continue(line);
    return none;
  }

  #takeReboot(line: ReadLine): readonly CrashEvent[] {
    const start = this.#reboots.take(line, () => this.#context.before(line));
    if (start === undefined) return none;
    const report = new CrashCollector(start);
    return [startedEvent(start.found, report.firstTitle, start.start), { type: 'crash', ...report.report(undefined) }];
  }

  /** Reports that are over, as far as none that began earlier goes on. */
  #takeOver(): readonly CrashEvent[] {
    if (this.#reports[0]?.isOver !== true) return none;
    const goesOn = this.#reports.findIndex(({ isOver }) => !isOver);
    const over = this.#reports.splice(0, goesOn === -1 ? this.#reports.length : goesOn);
    return over.map((report) => ({ type: 'crash', ...report.report(this.#symbols) }));
  }

  /** A message with a time stamp that was seen before is being read out (`dmesg`), and no crash. */
  #isNew({ message }: ReadLine): boolean {
    if (message === undefined) return true;
    const key = `${message.timestampMs} ${message.text.slice(0, 200)}`;
    if (this.#seen.has(key)) return false;
    if (this.#seen.size >= rememberedCrashes) this.#seen.delete(this.#seen.values().next().value as string);
    this.#seen.add(key);
    return true;
  }
}

/** Ends a report because another one of the same printer begins. */
function supersede(own: CrashCollector, next: CrashCollector): void {
  own.isOver = true;
  if (own.isMixedUp) next.distrust('it begins within another report, whose lines may be among its own');
  if (own.isMixedUp || !own.isComplete) own.distrust('another report begins before this one tells the function');
}

function end(report: CrashCollector | undefined): void {
  if (report) report.isOver = true;
}

function startedEvent({ signature }: SignatureMatch, title: string, { line, byteOffset }: Line): CrashStarted {
  return { type: 'crash.started', signature: signature.id, class: signature.class, severity: signature.severity, title, line, byteOffset };
}
