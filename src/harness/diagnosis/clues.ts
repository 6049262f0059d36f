/** A console line that says, ahead of a failure, why it is about to come. */
export interface Clue {
  /** What the kernel said. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

interface ClueKind {
  readonly pattern: RegExp;
  readonly advice: string;
}

/** Lines of Linux: init/initramfs.c, init/main.c, mm/page_alloc.c, mm/slub.c. */
const kinds: readonly ClueKind[] = [
  {
    pattern: /Initramfs unpacking failed: .{1,80}/,
    advice: 'the initramfs is damaged or cut short: make or copy it again.',
  },
  {
    pattern: /Warning: unable to open an initial console/,
    advice:
      'no console= names a line that the machine has: set it in the profile’s cmdline (ttyAMA0 on QEMU’s arm64 virt, ttyS0 on PCs); ' +
      'without it init has no console to write to.',
  },
  {
    pattern: /check access for rdinit=\S{1,200} failed: -?\d{1,4}/,
    advice: 'rdinit= names no program in the initramfs: correct the path, or the initramfs.',
  },
  {
    pattern: /Failed to execute \S{1,200} \(error -?\d{1,4}\)/,
    advice: 'the program is there but can’t be run: is it for this architecture, and is its interpreter in the initramfs?',
  },
  {
    pattern: /swapper\S{0,20}: page allocation failure: order:\d{1,3}|SLUB: Unable to allocate memory on node/,
    advice: 'the kernel ran out of memory while it started: give the machine more (the profile’s memoryMiB, or --memory).',
  },
];

/** Collects the clues of a console, the first of each kind. */
export class Clues {
  readonly #found = new Map<ClueKind, Clue>();

  /** Takes a console line. */
  take(line: string): void {
    for (const kind of kinds) {
      const match = this.#found.has(kind) ? null : kind.pattern.exec(line);
      if (match) this.#found.set(kind, { text: match[0], advice: kind.advice });
    }
  }

  get all(): readonly Clue[] {
    return [...this.#found.values()];
  }
}

/** A clue as a sentence of a hint. */
export function describeClue({ text, advice }: Clue): string {
  return `The kernel said “${text}”: ${advice}`;
}
