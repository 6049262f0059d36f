import type { CrashStart, ReadLine } from './crash-collector.ts';
import type { SignatureMatch } from './crash-signature.ts';

/** What Linux prints first (init/main.c, arch/arm64/kernel/setup.c). */
const banner = /^(?:Booting Linux on physical CPU |Linux version \d)/;
/** What it prints when it was told to (kernel/reboot.c). */
const farewell = /^reboot: (?:Restarting system|Power down|System halted)/;
/** Literal text that each of those contains. */
export const rebootTriggers = ['Linux', 'Restarting system', 'Power down', 'System halted'] as const;
/** Messages after a banner by which its boot is known again. */
const remembered = 32;

const found: SignatureMatch = {
  signature: { id: 'linux-reboot', class: 'unexpected-reboot', severity: 'warning', title: 'unexpected reboot' },
  match: [''] as unknown as RegExpExecArray,
};

/**
 * Finds the boot that nobody asked for: Linux's banner once more, without a farewell or a fatal crash before it. The kernel's log that is
 * read out (`dmesg`) has the banner, too, but goes on with the very messages, time stamps included, that came before.
 */
export class RebootWatch {
  readonly #messages = new Set<string>();
  #isExcused = true;
  #candidate: CrashStart | undefined;
  #isLearning = false;

  /** Whether it must see every line, not only those with one of the triggers in it. */
  get isWatching(): boolean {
    return this.#isLearning || this.#candidate !== undefined;
  }

  /** The boot that goes on may end in a reboot: a crash brings it about. */
  excuse(): void {
    this.#isExcused = true;
  }

  /** Takes a line; gives the reboot that it proves. `before` tells what stood before the line. */
  take(line: ReadLine, before: () => Pick<CrashStart, 'preface' | 'context'>): CrashStart | undefined {
    const { message } = line;
    if (message === undefined) return undefined;
    if (message.timestampMs === 0) {
      if (banner.test(message.text) && !this.#candidate) this.#candidate = { found, start: line, preface: [], context: before().context };
      return undefined;
    }
    if (farewell.test(message.text)) this.excuse();
    const key = `${message.timestampMs} ${message.text}`;
    const candidate = this.#candidate;
    this.#candidate = undefined;
    if (candidate !== undefined && !this.#messages.has(key)) {
      const isExpected = this.#isExcused;
      this.#messages.clear();
      this.#isLearning = true;
      this.#isExcused = false;
      this.#messages.add(key);
      return isExpected ? undefined : candidate;
    }
    if (this.#isLearning) this.#isLearning = this.#messages.add(key).size < remembered;
    return undefined;
  }
}
