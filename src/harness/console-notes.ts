import type { KernelProfile } from '../model/profile.ts';
import type { Line } from '../parsers/lines.ts';
import { type Clue, Clues } from './diagnosis/clues.ts';

export interface MarkerSighting {
  readonly id: string;
  readonly line: number;
  readonly byteOffset: number;
  readonly sinceStartMs: number;
}

export interface ConsoleNotesOptions {
  readonly bootMarkers: KernelProfile['bootMarkers'];
  /** QEMU's start, by `performance.now()`. */
  readonly startedAtMs: number;
  readonly onMarker: (sighting: MarkerSighting) => void;
}

/** Sightings of one marker that are kept and told of: a guest in a loop of resets must fill neither memory nor record. */
const maxSightings = 100;
/** What a kernel that hangs may still say of its busy host: no sign of life (kernel/time/hrtimer.c). */
const remark = /hrtimer: interrupt took \d/;
/** Seconds that are looked back on. */
const recentSeconds = 5;
/** Lines of context that a crash's error shows before its report. */
const contextLines = 8;

/** What a console's lines told so far, beside crashes. */
export class ConsoleNotes {
  readonly markers: MarkerSighting[] = [];
  /** The last lines, oldest first. */
  readonly recent: string[] = [];
  /** The marker seen last. */
  lastMarker: string | undefined;
  /** Sightings by marker, those beyond the first 100 included. */
  readonly sightings = new Map<string, number>();
  readonly #options: ConsoleNotesOptions;
  readonly #clues = new Clues();
  #lastTextAtMs: number;
  /** The last seconds in which text came, by `performance.now()`, oldest first. */
  readonly #seconds: number[] = [];

  constructor(options: ConsoleNotesOptions) {
    this.#options = options;
    this.#lastTextAtMs = options.startedAtMs;
  }

  get clues(): readonly Clue[] {
    return this.#clues.all;
  }

  /** How long no line came that shows life, in milliseconds; blank lines may be echoes of our own. */
  get silentMs(): number {
    return performance.now() - this.#lastTextAtMs;
  }

  /** In how many of the last five seconds, from `fromMs` (by `performance.now()`) on, a line with text came. */
  printedSeconds(fromMs: number): number {
    const first = Math.max(fromMs / 1_000, performance.now() / 1_000 - recentSeconds);
    return this.#seconds.filter((second) => second >= first).length;
  }

  take({ text, line, byteOffset }: Line): void {
    for (const { id, pattern } of this.#options.bootMarkers) {
      if (!pattern.test(text)) continue;
      this.lastMarker = id;
      const count = (this.sightings.get(id) ?? 0) + 1;
      this.sightings.set(id, count);
      if (count > maxSightings) continue;
      const sighting = { id, line, byteOffset, sinceStartMs: performance.now() - this.#options.startedAtMs };
      this.markers.push(sighting);
      this.#options.onMarker(sighting);
    }
    this.#clues.take(text);
    if (text.trim() === '' || remark.test(text)) return;
    this.#lastTextAtMs = performance.now();
    const second = Math.floor(this.#lastTextAtMs / 1_000);
    if (this.#seconds.at(-1) !== second) this.#seconds.push(second);
    if (this.#seconds.length > recentSeconds) this.#seconds.shift();
    this.recent.push(text.slice(0, 1_000));
    if (this.recent.length > contextLines) this.recent.shift();
  }
}
