import type { CrashSeverity } from './crash-signature.ts';

/** What is known of one crash. */
export interface CollectedCrash {
  /** Id of the signature of the first line: the cause, not what followed from it. */
  readonly signature: string;
  /** Kind of fault, e.g. `null-deref`. */
  readonly class: string;
  /** The worst of the report and its consequences. */
  readonly severity: CrashSeverity;
  /** Normalised, at most 120 characters: equal crashes have equal titles. */
  readonly title: string;
  /** Where the report begins. */
  readonly line: number;
  readonly byteOffset: number;
  /** The report's lines as printed, each ended by a line feed; other programs' lines between them are left out. */
  readonly text: string;
  /** Whether lines beyond the bounds were left out. */
  readonly truncated: boolean;
  /** The function at fault, where the report tells: not one that only reports, copies, locks or allocates for others. */
  readonly function?: string;
  /** Functions of the report's first back trace, in order, at most 64; an address (`0x400a1b2c`) where no name is known. */
  readonly frames: readonly string[];
  /** The CPU, the task's name and its PID, where the report tells. */
  readonly cpu?: number;
  readonly task?: string;
  readonly pid?: number;
  /** Lines before the report, blank ones left out: at most 8, of at most 400 characters each. */
  readonly context: readonly string[];
  /** Why title, function or frames can't be trusted. */
  readonly corrupted?: string;
  /** Crashes that followed from this one. */
  readonly consequences: readonly Consequence[];
  /** What to do about it. */
  readonly hint?: string;
}

/** A crash that followed from another. */
export interface Consequence {
  readonly signature: string;
  readonly title: string;
  readonly line: number;
}
