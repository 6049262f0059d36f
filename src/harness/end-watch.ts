import { setTimeout as sleep } from 'node:timers/promises';
import { BringupError } from '../model/errors.ts';
import type { KernelProfile } from '../model/profile.ts';
import { CrashDetector, type CrashReport } from '../parsers/crash.ts';
import type { Line } from '../parsers/lines.ts';
import type { Console } from './console/console.ts';
import { classifyEnd } from './end-classification.ts';
import type { Fate } from './fate.ts';
import type { Observer } from './harness-event.ts';
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

export interface MarkerSighting {
  readonly id: string;
  readonly line: number;
  readonly byteOffset: number;
  readonly sinceStartMs: number;
}

/** After a crash's first line the console is read on until it is silent for this long, so that the whole report is there. */
const drainSilenceMs = 300;
/** And at most this long. */
const drainLimitMs = 3_000;
/** Time for the last bytes of an ended QEMU to be read. */
const lastBytesMs = 1_000;

/** Watches a machine's console, QMP events and process for its end, and decides its fate. */
export class EndWatch {
  readonly markers: MarkerSighting[] = [];
  readonly crashes: CrashReport[] = [];
  /** Resolves when QEMU is gone, its console read to the end and the fate decided. */
  readonly exited: Promise<MachineExit>;
  readonly #detector: CrashDetector;
  readonly #options: EndWatchOptions;
  #shutdownReason: string | null = null;
  #draining: Promise<void> | undefined;

  constructor(options: EndWatchOptions) {
    this.#options = options;
    this.#detector = new CrashDetector(options.profile.crashPatterns);
    options.console.onLine((line) => this.#takeLine(line));
    this.exited = this.#watchExit();
  }

  takeQmpEvent(event: QmpEvent): void {
    if (event.event !== 'SHUTDOWN') return;
    const data = shutdownDataSchema.safeParse(event.data);
    if (data.success) this.#shutdownReason ??= data.data.reason;
  }

  /** Waits for reports that are still being printed. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  #takeLine(line: Line): void {
    for (const { id, pattern } of this.#options.profile.bootMarkers) {
      if (!pattern.test(line.text)) continue;
      const sighting = { id, line: line.line, byteOffset: line.byteOffset, sinceStartMs: performance.now() - this.#options.startedAtMs };
      this.markers.push(sighting);
      this.#options.observe({ type: 'boot.marker', machine: this.#options.machineId, marker: id, line: sighting.line, byteOffset: sighting.byteOffset, sinceStartMs: sighting.sinceStartMs });
    }
    this.#takeCrashes(this.#detector.line(line));
  }

  #takeCrashes(events: ReturnType<CrashDetector['line']>): void {
    for (const event of events) {
      if (event.type === 'crash') this.#record(event);
      else if (event.severity !== 'warning') this.#draining ??= this.#drainAndDecide();
    }
  }

  #record(report: CrashReport): void {
    this.crashes.push(report);
    const { signature, title, line, byteOffset } = report;
    this.#options.observe({ type: 'crash', machine: this.#options.machineId, signature, title, line, byteOffset, text: report.text.slice(0, 16_000) });
  }

  async #drainAndDecide(): Promise<void> {
    const { console, process } = this.#options;
    const until = performance.now() + drainLimitMs;
    while (performance.now() < until && process.exit === undefined) {
      const silentMs = performance.now() - (console.lastByteAtMs ?? 0);
      if (silentMs >= drainSilenceMs) break;
      await sleep(Math.max(10, drainSilenceMs - silentMs));
    }
    if (process.exit !== undefined) await settledWithin(console.ended, lastBytesMs);
    this.#takeCrashes(this.#detector.end());
    this.#decideCrash();
  }

  #decideCrash(): void {
    const first = this.crashes.find((crash) => crash.severity !== 'warning');
    if (first === undefined) return;
    this.#options.fate.decide(
      new BringupError('guest-crash', `the guest crashed: ${first.title}`, {
        hint: first.hint ?? 'the report below is the kernel’s own; its first lines name the place.',
        consoleTail: first.text.trimEnd().split('\n').slice(0, 40).join('\n'),
      }),
    );
  }

  async #watchExit(): Promise<MachineExit> {
    const { console, process, fate } = this.#options;
    const exit = await process.exited;
    await settledWithin(console.ended, lastBytesMs);
    await this.#draining;
    this.#takeCrashes(this.#detector.end());
    this.#decideCrash();
    fate.decide(classifyEnd({ exit, reason: this.#shutdownReason, stderr: process.stderr, consoleTail: console.tail() }));
    return { ...exit, reason: this.#shutdownReason };
  }
}

export interface EndWatchOptions {
  readonly machineId: string;
  readonly profile: KernelProfile;
  readonly console: Console;
  readonly process: QemuProcess;
  readonly fate: Fate;
  readonly startedAtMs: number;
  readonly observe: Observer;
}
