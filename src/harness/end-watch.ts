import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelProfile } from '../model/profile.ts';
import { CrashDetector, type CrashReport } from '../parsers/crash.ts';
import type { Line } from '../parsers/lines.ts';
import type { Symbols } from '../parsers/symbols.ts';
import type { Console } from './console/console.ts';
import { closedError } from './console/console-errors.ts';
import { ConsoleNotes, type MarkerSighting } from './console-notes.ts';
import { type BeforeCrash, crashError } from './crash-error.ts';
import { classifyEnd } from './end-classification.ts';
import type { Fate } from './fate.ts';
import type { Observer } from './harness-event.ts';
import { log } from './log.ts';
import type { QemuProcess } from './qemu-process.ts';
import { type QmpEvent, shutdownDataSchema } from './qmp/messages.ts';
import { settledWithin } from './wait.ts';

/** How a machine ended. */
export interface MachineExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Reason of QMP's SHUTDOWN event, e.g. `guest-shutdown`; null where none came. */
  readonly reason: string | null;
}

export interface EndWatchOptions {
  readonly machineId: string;
  readonly profile: KernelProfile;
  readonly console: Console;
  readonly process: QemuProcess;
  readonly fate: Fate;
  readonly startedAtMs: number;
  readonly observe: Observer;
  /** Names the addresses in crash reports. @default none */
  readonly symbols?: Symbols | undefined;
  /** What was seen before the machine was forked. @default nothing */
  readonly past?: MachinePast | undefined;
}

/** What a machine's console told before it was frozen. */
export interface MachinePast {
  readonly markers: readonly MarkerSighting[];
  /** None of them ended it. */
  readonly crashes: readonly CrashReport[];
}

/** A report that a check waits for. */
interface Expectation {
  readonly matches: (report: CrashReport) => boolean;
  readonly resolve: (report: CrashReport) => void;
}

/** After a crash's first line the console is read on until it is silent for this long, so that the whole report is there. */
const drainSilenceMs = 500;
/** And at most this long. */
const drainLimitMs = 3_000;
/** A guest that is not at its prompt when its fate is asked for is read on until it is silent for this long: its next line may be a crash's first. */
const lastWordsSilenceMs = 200;
/** And at most this long: it may never be silent. */
const lastWordsLimitMs = 1_000;
/** Crash reports that are kept and told of. */
const maxCrashes = 100;
/** Time for the last bytes of an ended QEMU to be read. */
const lastBytesMs = 1_000;
/** Between a console's close and its QEMU's exit, at most. */
const closeToExitMs = 2_000;

/**
 * Watches a machine's console, QMP events and process for its end, and decides its fate. A crash's first line seals the
 * console: what comes after it is read for the report, but fulfils no wait any more.
 */
export class EndWatch {
  readonly notes: ConsoleNotes;
  readonly crashes: CrashReport[] = [];
  /** Crash reports, those beyond the first 100 included. */
  crashCount = 0;
  /** Resolves when QEMU is gone, its console read to the end and the fate decided. */
  readonly exited: Promise<MachineExit>;
  readonly #detector: CrashDetector;
  readonly #options: EndWatchOptions;
  #shutdownReason: string | null = null;
  #beforeCrash: BeforeCrash = { lines: [], clues: [] };
  #draining: Promise<void> | undefined;
  readonly #expectations = new Set<Expectation>();
  readonly #expected = new Set<CrashReport>();

  constructor(options: EndWatchOptions) {
    const { console, machineId, observe, profile, startedAtMs, symbols, past } = options;
    this.#options = options;
    this.#detector = new CrashDetector(profile.crashPatterns, { symbols });
    this.notes = new ConsoleNotes({
      bootMarkers: profile.bootMarkers,
      startedAtMs,
      onMarker: ({ id, ...where }) => observe({ type: 'boot.marker', machine: machineId, marker: id, ...where }),
    });
    if (past) {
      this.notes.markers.push(...past.markers);
      this.notes.lastMarker = past.markers.at(-1)?.id;
      this.crashes.push(...past.crashes);
    }
    console.onLine((line) => this.#takeLine(line));
    this.exited = this.#watchExit();
    void this.#watchConsole();
  }

  takeQmpEvent(event: QmpEvent): void {
    if (event.event !== 'SHUTDOWN') return;
    const data = shutdownDataSchema.safeParse(event.data);
    if (data.success) this.#shutdownReason ??= data.data.reason;
  }

  /**
   * Waits until an end that has begun is decided: a report that is still being printed, a QEMU that is just ending. A report
   * that nothing has closed yet is taken as it is: no line may ever follow it. What a guest that is not at its prompt is about to print is
   * waited for.
   */
  async settled(): Promise<void> {
    const { console, profile } = this.#options;
    if (!this.#detector.isOpen && !profile.prompt.test(console.unfinishedLine)) await this.#readOn(lastWordsSilenceMs, lastWordsLimitMs);
    await this.#draining;
    if (this.#detector.isOpen) await this.#finishReports();
    const isEnding = await settledWithin(console.ended, 0);
    if (isEnding) await settledWithin(this.exited, closeToExitMs);
  }

  /** Crash reports that nobody expected. */
  get unexpectedCrashes(): CrashReport[] {
    return this.crashes.filter((crash) => !this.#expected.has(crash));
  }

  /** Whether the crash that ended the machine was expected. */
  get crashedAsExpected(): boolean {
    const first = this.#firstFatal;
    return first !== undefined && this.#expected.has(first) && this.#options.fate.error?.failureCause === 'guest-crash';
  }

  /**
   * Waits for a report that was not expected before, or has it at once; it is then expected. Never rejects.
   * @returns The report, and what ends the wait without one.
   */
  expectCrash(matches: (report: CrashReport) => boolean): { report: Promise<CrashReport>; cancel: () => void } {
    const { promise: report, resolve } = Promise.withResolvers<CrashReport>();
    const expectation: Expectation = { matches, resolve };
    this.#expectations.add(expectation);
    for (const crash of this.unexpectedCrashes) this.#meetExpectation(crash);
    if (this.#detector.isOpen) void this.#finishReports();
    return { report, cancel: () => this.#expectations.delete(expectation) };
  }

  #meetExpectation(report: CrashReport): void {
    for (const expectation of this.#expectations) {
      if (!expectation.matches(report)) continue;
      this.#expectations.delete(expectation);
      this.#expected.add(report);
      expectation.resolve(report);
      return;
    }
  }

  #takeLine(line: Line): void {
    this.#takeCrashes(this.#detector.line(line));
    this.notes.take(line);
  }

  #takeCrashes(events: ReturnType<CrashDetector['line']>): void {
    for (const event of events) {
      if (event.type === 'crash') this.#record(event);
      else if (event.severity !== 'warning') this.#begin();
      else if (this.#expectations.size > 0) void this.#finishReports();
    }
  }

  /** A crash began. */
  #begin(): void {
    if (this.#draining) return;
    this.#options.console.seal();
    this.#beforeCrash = { lines: [...this.notes.recent], clues: this.notes.clues };
    this.#draining = this.#drainAndDecide();
  }

  #record(report: CrashReport): void {
    this.crashCount += 1;
    // The first one that ends the machine is its verdict, however many warnings came before.
    if (this.crashes.length >= maxCrashes && (report.severity === 'warning' || this.#firstFatal !== undefined)) return;
    this.crashes.push(report);
    const { signature, class: kind, title, line, byteOffset, function: culprit, frames, corrupted } = report;
    this.#options.observe({
      type: 'crash',
      machine: this.#options.machineId,
      signature,
      title,
      line,
      byteOffset,
      text: report.text.slice(0, 16_000),
      class: kind,
      ...(culprit === undefined ? {} : { function: culprit }),
      frames: [...frames],
      ...(corrupted === undefined ? {} : { corrupted }),
    });
    this.#meetExpectation(report);
  }

  async #drainAndDecide(): Promise<void> {
    await this.#finishReports();
    this.#decideCrash();
  }

  /** Until the console was silent for that long, or QEMU is gone. */
  async #readOn(silenceMs: number, limitMs: number): Promise<void> {
    const { console, process } = this.#options;
    const until = performance.now() + limitMs;
    while (performance.now() < until && process.exit === undefined) {
      const silentMs = performance.now() - (console.lastByteAtMs ?? 0);
      if (silentMs >= silenceMs) break;
      await sleep(Math.max(10, silenceMs - silentMs));
    }
  }

  /** Reads on until the console is silent: no line may ever follow a report. Then takes it as it is. */
  async #finishReports(): Promise<void> {
    const { console, process } = this.#options;
    await this.#readOn(drainSilenceMs, drainLimitMs);
    if (process.exit !== undefined) await settledWithin(console.ended, lastBytesMs);
    this.#takeCrashes(this.#detector.end());
  }

  get #firstFatal(): CrashReport | undefined {
    return this.crashes.find((crash) => crash.severity !== 'warning');
  }

  #decideCrash(): void {
    const first = this.#firstFatal;
    if (first !== undefined) this.#options.fate.decide(crashError(first, this.#beforeCrash));
  }

  /** A machine whose console is closed while its QEMU lives on is lost: nothing that it does can be seen any more. */
  async #watchConsole(): Promise<void> {
    const { console, process, fate } = this.#options;
    const end = await console.ended;
    if (end.reason === 'disposed' || (await settledWithin(process.exited, closeToExitMs))) return;
    await this.#draining;
    this.#decideCrash();
    fate.decide(closedError(end, console.tail()));
  }

  async #watchExit(): Promise<MachineExit> {
    const { console, process, fate } = this.#options;
    const exit = await process.exited;
    const seen = { markers: Object.fromEntries(this.notes.sightings), crashes: this.crashCount };
    log.debug({ machine: this.#options.machineId, qemu: process.pid, ...exit, ...seen }, 'QEMU ended');
    await settledWithin(console.ended, lastBytesMs);
    await this.#draining;
    this.#takeCrashes(this.#detector.end());
    this.#decideCrash();
    fate.decide(classifyEnd({ exit, reason: this.#shutdownReason, stderr: process.stderr, consoleTail: console.tail() }));
    return { ...exit, reason: this.#shutdownReason };
  }
}
