import type { TerminalQuery } from '../../parsers/terminal-query.ts';

/** The screen that we claim to be. */
const rows = 24;
const columns = 80;

/**
 * What a terminal would answer (ECMA-48 CPR and DSR; DEC VT100's DA). The cursor's column is where the unfinished line
 * ends; a guest that moved the cursor to the far corner first (BusyBox `resize`) learns the screen's size.
 */
export function answerTo(query: TerminalQuery, unfinishedLine: string): string {
  switch (query.kind) {
    case 'cursor-position': {
      const { row, column } = query.cursor ?? { row: 1, column: 1 + (unfinishedLine.length % columns) };
      return `\x1b[${Math.min(row, rows)};${Math.min(column, columns)}R`;
    }
    case 'status':
      return '\x1b[0n';
    case 'primary-attributes':
      return '\x1b[?1;2c';
    case 'secondary-attributes':
      return '\x1b[>0;0;0c';
  }
}
