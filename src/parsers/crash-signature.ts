/**
 * How bad it is for the guest: `fatal` it cannot go on, `oops` it runs on but is damaged, `warning` it may be none the
 * worse (which includes stalls: a starved host brings them about as well).
 */
export type CrashSeverity = 'fatal' | 'oops' | 'warning';

/** What a later line of a report, or one between `cut here` and its first line, tells of it. */
export interface CrashDetail {
  /**
   * Matched where a message begins. Its groups `function`, `task`, `pid` and `cpu` mean what they do in a signature's pattern.
   * The first line that matches counts.
   */
  readonly pattern: RegExp;
  /** A better title; `$1` ... `$9` stand for this pattern's groups. */
  readonly title?: string;
  /** A better `culprit`; `$0` stands for the one so far. */
  readonly culprit?: string;
  /** A narrower class. */
  readonly class?: string;
  /** Set where its line stands right before the report's first one. */
  readonly comesBefore?: true;
}

/** One kind of crash report, known by its first line. */
export interface CrashSignature {
  /** Name in reports, e.g. `linux-panic-init`. */
  readonly id: string;
  /** What kind of fault it is, e.g. `null-deref`; several signatures may share one. */
  readonly class: string;
  readonly severity: CrashSeverity;
  /**
   * Literal text that every match contains. Rows share few and short ones: all of them together are searched in every line,
   * at full console speed.
   */
  readonly trigger: string;
  /**
   * Matched where a message begins (`^`), the time stamp and a prompt before it removed. The groups `function`, `task`, `pid`
   * and `cpu` name who crashed.
   */
  readonly pattern: RegExp;
  /** Title; `$1` ... `$9` stand for the pattern's groups. It is normalised (crash-title.ts). */
  readonly title: string;
  /** The title where the report tells a function: ` in <function>` comes behind it. Absent where the function is not the point. */
  readonly culprit?: string;
  readonly details?: readonly CrashDetail[];
  /** Set where the words are too common to be believed without a kernel time stamp. */
  readonly needsTimestamp?: true;
  /** Set for what programs read out of Linux: believed without a time stamp even where the kernel prints them. */
  readonly isReadOut?: true;
  /** Set for kernels without such time stamps whose words are common: believed only where none was seen before. */
  readonly notLinux?: true;
  /** Set for what a kernel does because of an earlier crash. */
  readonly consequence?: true;
  /** Set for a line that may also come second in the report that another signature begins. */
  readonly secondLine?: true;
  /** Set where a line of `=` ends the report. */
  readonly endsWithRule?: true;
  /** Set where several CPUs have their part in one report, and a back trace may be missing. */
  readonly manyCpus?: true;
  /** Set where a WARNING that follows is the report's back trace. */
  readonly endsWithWarning?: true;
  /** Set where the back trace shows who asked, and nobody is at fault. */
  readonly isBlameless?: true;
  /** Set where the same line again and again is one storm and one report. */
  readonly repeats?: true;
  /** What to do about it, where the words themselves tell. */
  readonly hint?: string;
}

/** What a line is the beginning of. */
export interface SignatureMatch {
  readonly signature: Omit<CrashSignature, 'trigger' | 'pattern'>;
  readonly match: RegExpExecArray;
}
