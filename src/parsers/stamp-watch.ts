import type { ReadLine } from './crash-collector.ts';

/** What Linux prints at the end of every boot (init/main.c). */
const bootLine = /^Run \/\S{1,200} as init process$/;
/** Literal text that it contains. */
export const bootTrigger = 'Run /';
/** What follows in a report, and nothing but a kernel prints (lib/dump_stack.c). */
const reportLine = /^(?:CPU: \d{1,6} (?:UID: \d{1,10} )?PID: \d{1,10} Comm: |Call [Tt]race:$)/;
/** How far behind its first line a report has such a line, at most. */
const maxHeld = 32;

/**
 * Whether the kernel's lines have time stamps, so that what has none is a program's. A kernel with `printk.time=0` stamps what it prints before it
 * reads its command line, and anybody may switch stamps off later: a boot's or a report's own lines without stamps prove it.
 */
export class StampWatch {
  #isSeen = false;
  #isOff = false;
  /** A report's first line without a stamp, and what followed. */
  #held: ReadLine[] = [];

  /** Whether there was a line with a stamp. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  /** Whether a kernel's line must have a stamp. */
  get isNeeded(): boolean {
    return this.#isSeen && !this.#isOff;
  }

  /** Whether it must see every line. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** A line with a stamp. */
  see(): void {
    this.#isSeen = true;
    this.#held = [];
  }

  /**
   * Takes a line without a stamp; gives those before it that belong to a report after all. `beginsReport` tells whether the line begins one if
   * kernel's lines need stamps, or need none.
   */
  take(line: ReadLine, beginsReport: (needsStamp: boolean) => boolean): readonly ReadLine[] {
    if (!this.isNeeded) return [];
    if (bootLine.test(line.text)) this.#isOff = true;
    else if (this.isHolding && reportLine.test(line.text)) return this.#release();
    else if (!beginsReport(true) && (this.isHolding || beginsReport(false))) this.#hold(line);
    return [];
  }

  #release(): readonly ReadLine[] {
    this.#isOff = true;
    return this.#held.splice(0);
  }

  #hold(line: ReadLine): void {
    if (this.#held.push(line) > maxHeld) this.#held = [];
  }
}
