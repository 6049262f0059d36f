/** What a program in the guest asks its terminal, and expects an answer to on its input. */
export type TerminalQuery =
  /** DSR 6 (`ESC[6n`): where the cursor is. `cursor` is set where the guest placed it since the line began (CUP). */
  | { kind: 'cursor-position'; cursor: CursorPosition | undefined }
  /** DSR 5 (`ESC[5n`): whether the terminal works. */
  | { kind: 'status' }
  /** DA1 (`ESC[c`): what the terminal is. */
  | { kind: 'primary-attributes' }
  /** DA2 (`ESC[>c`): the terminal's type and version. */
  | { kind: 'secondary-attributes' };

/** Row and column, from 1, as the guest gave them; they may lie outside the screen. */
export interface CursorPosition {
  row: number;
  column: number;
}

const queries: Readonly<Record<string, TerminalQuery['kind']>> = {
  '[6n': 'cursor-position',
  '[5n': 'status',
  '[c': 'primary-attributes',
  '[0c': 'primary-attributes',
  '[>c': 'secondary-attributes',
  '[>0c': 'secondary-attributes',
};

/** The query that a sequence is, given without its ESC. */
export function queryKindOf(sequence: string): TerminalQuery['kind'] | undefined {
  return Object.hasOwn(queries, sequence) ? queries[sequence] : undefined;
}

/** The position that CUP (`ESC[row;columnH`) or HVP (`f`) sets. */
export function cursorPositionOf(sequence: string): CursorPosition | undefined {
  const match = /^\[(\d{0,5})(?:;(\d{0,5}))?[Hf]$/.exec(sequence);
  return match ? { row: Number(match[1]) || 1, column: Number(match[2]) || 1 } : undefined;
}
