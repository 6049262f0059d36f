/**
 * How bad it is for the guest: `fatal` it cannot go on, `oops` it runs on but is damaged, `warning` it may be none the
 * worse (which includes stalls: a starved host brings them about as well).
 */
export type CrashSeverity = 'fatal' | 'oops' | 'warning';

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
  /** Matched where a message begins (`^`), the time stamp and a prompt before it removed. */
  readonly pattern: RegExp;
  /** Title; `$1` and so on stand for the pattern's groups. It is normalised (crash-title.ts). */
  readonly title: string;
  /** A better title that a later line of the report gives. */
  readonly detail?: { readonly pattern: RegExp; readonly title: string };
  /** Set where the words are too common to be believed without a kernel time stamp. */
  readonly needsTimestamp?: true;
  /** Set for what a kernel does because of an earlier crash. */
  readonly consequence?: true;
  /** Set for a line that may also come second in the report that another signature begins. */
  readonly secondLine?: true;
  /** What to do about it, where the words themselves tell. */
  readonly hint?: string;
}
