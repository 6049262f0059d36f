import type { TerminalText } from '../../parsers/terminal-text.ts';
import type { TextWindow } from './text-window.ts';
import type { Found } from './wait-list.ts';

/** Text that a pattern matched. */
export interface ConsoleMatch {
  text: string;
  /** Named groups of the pattern; those that took no part are undefined. */
  groups: Readonly<Record<string, string | undefined>>;
  /** Its own `index` and `input` concern the piece of text that was searched. */
  match: RegExpExecArray;
  /** Text before the match that no match had consumed, as far as the window reaches. */
  before: string;
  /** Line in which the match begins, from 1. */
  line: number;
  /** Offset in the raw bytes at which that line begins. */
  byteOffset: number;
  /** Position of the match in the cleaned text of the whole console, in characters. */
  index: number;
}

/** Tells where in the console a match lies; to be called before more text comes. */
export function consoleMatch({ match, position, from }: Found, window: TextWindow, terminal: TerminalText): ConsoleMatch {
  const line = terminal.lineFeeds + 1 - (window.slice(position).split('\n').length - 1);
  return {
    text: match[0],
    groups: match.groups ?? {},
    match,
    before: window.slice(from, position),
    line,
    byteOffset: terminal.lineStart(line),
    index: position,
  };
}
