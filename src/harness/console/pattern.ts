import { BringupError } from '../../model/errors.ts';

/** What to wait for: a regular expression over the cleaned console text, or text to be found as it is. */
export type Pattern = RegExp | string;

/** A pattern ready to be searched for from any position. */
export interface CompiledPattern {
  /** A copy of our own, with the flag `g` and without `y`, so that its lastIndex is nobody else's. */
  readonly regExp: RegExp;
  /** Whether no match can reach over a line feed: only the unfinished line then need be searched again as it grows. */
  readonly staysInLine: boolean;
  /** For messages: `/login:/`, or the text in quotes. */
  readonly label: string;
}

/** @throws BringupError `usage` for a pattern that matches the empty string: it would match everywhere. */
export function compilePattern(pattern: Pattern): CompiledPattern {
  const label = typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern);
  const regExp =
    typeof pattern === 'string'
      ? new RegExp(escapeRegExp(pattern), 'g')
      : new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`);
  if (regExp.test('')) throw emptyMatch(label);
  return { regExp, staysInLine: staysInLine(regExp), label };
}

export function emptyMatch(label: string): BringupError {
  return new BringupError('usage', `the pattern ${label} matches the empty string, expected one that needs text`, {
    hint: 'make at least one character of the pattern necessary, e.g. + in place of *.',
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/**
 * True only where it is certain: `.` without the flag `s` stops at line ends, and without control characters, negated
 * classes, or escapes other than \d \w \S \b \B and escaped punctuation nothing else takes a line feed.
 */
function staysInLine({ source, dotAll, unicodeSets }: RegExp): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const mayTakeLineFeed = /[\0-\x1f]|\[\^|\\[^dwSbB^$.*+?()[\]{}|/\\-]|\[[^\]]*\\b/;
  return !dotAll && !unicodeSets && !mayTakeLineFeed.test(source);
}
