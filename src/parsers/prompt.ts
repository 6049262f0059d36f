import { stateless } from './stateless.ts';

/** A line with a prompt in it. */
export interface PromptSplit {
  /** Output that no line feed ended. */
  readonly before: string;
  readonly prompt: string;
  /** A typed command, or what was printed without being asked for (`sis> [TIMER] ...`). */
  readonly after: string;
}

/**
 * A prompt's pattern, as a profile has it for the end of the console text -> a function that finds the prompt in a whole
 * line: at its beginning, whatever stands after it, or at its end.
 */
export function promptParser(pattern: RegExp): (text: string) => PromptSplit | undefined {
  const atEnd = stateless(pattern);
  const flags = atEnd.flags;
  const atStart = new RegExp(`^(?:${withoutEndAnchor(atEnd.source)})`, flags.replace('m', ''));
  return (text) => {
    const [prompt] = atStart.exec(text) ?? [];
    if (prompt) return { before: '', prompt, after: text.slice(prompt.length) };
    const match = atEnd.exec(text);
    return match === null ? undefined : { before: text.slice(0, match.index), prompt: text.slice(match.index), after: '' };
  };
}

/** The pattern without `$` at its end; one that is escaped stays. */
function withoutEndAnchor(source: string): string {
  const backslashes = /\\*(?=\$$)/.exec(source)?.[0].length ?? 0;
  return source.endsWith('$') && backslashes % 2 === 0 ? source.slice(0, -1) : source;
}
