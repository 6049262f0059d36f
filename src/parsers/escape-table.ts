/**
 * The transitions of the terminal's escape sequences: ECMA-48 (5th edition, 5.2 to 5.6) as DEC's VT500 reads it, after
 * the state diagram that Paul Williams published (vt100.net/emu/dec_ansi_parser). States that differ only in what a
 * terminal does with the parameters are one state here, since a sequence is only to be removed.
 *
 * Three rules differ from a terminal, so that a log can't be swallowed: a line feed ends every sequence; a sequence that
 * is not ended as it should be was none, and its printable bytes are text; 8-bit controls (0x80 to 0x9f) are bytes of
 * UTF-8 text.
 */

export const state = {
  ground: 0,
  /** After ESC. */
  escape: 1,
  /** `ESC ( B`, `ESC # 8`: one or more intermediates, then a final byte. */
  escapeIntermediate: 2,
  /** `ESC [`: parameters and intermediates, then a final byte. */
  csi: 3,
  /** `ESC N`, `ESC O` (SS2, SS3): one character of another set. */
  singleShift: 4,
  /** The byte after `ESC ]`. Linux's console has two forms without an end there, `]R` and `]Prrggbbn` (console_codes(4)). */
  oscStart: 5,
  /** Inside `ESC ] P`. */
  oscPalette: 6,
  /** Operating system command: ends by BEL or ST. */
  osc: 7,
  /** DCS, SOS, PM, APC: ends by ST. */
  controlString: 8,
  /** ESC inside an OSC or control string: ST if a backslash follows. */
  stringEscape: 9,
} as const;

export const action = {
  /** The byte belongs to the sequence: hold it back. */
  hold: 0,
  /** The byte ends the sequence as it should: drop it all. */
  done: 1,
  /** The byte can't be in this sequence: what was held is text, and the byte is read again in the new state. */
  giveBack: 2,
  /** A control inside a sequence, which has no text: drop it alone. */
  skip: 3,
} as const;

const stateCount = 10;
/** Bits of an entry that hold the next state; the action is above them. */
export const stateBits = 4;

/** Entry for (state << 8 | byte): action << 4 | next state. */
export const transitions: Uint8Array = buildTable();

function buildTable(): Uint8Array {
  const table = new Uint8Array(stateCount << 8);
  const {
    ground,
    escape: afterEscape,
    escapeIntermediate,
    csi,
    singleShift,
    oscStart,
    oscPalette,
    osc,
    controlString,
    stringEscape,
  } = state;
  const { hold, done, giveBack, skip } = action;
  const on = (from: number, first: number, last: number, what: number, next: number): void => {
    table.fill((what << stateBits) | next, (from << 8) | first, ((from << 8) | last) + 1);
  };
  const onChar = (from: number, chars: string, what: number, next: number): void => {
    for (const char of chars) on(from, char.charCodeAt(0), char.charCodeAt(0), what, next);
  };

  for (let from = 1; from < stateCount; from += 1) {
    on(from, 0x00, 0xff, giveBack, ground);
    on(from, 0x00, 0x1f, skip, from);
    on(from, 0x7f, 0x7f, skip, from);
    on(from, 0x0a, 0x0a, giveBack, ground);
    // CAN and SUB cancel a sequence.
    on(from, 0x18, 0x18, done, ground);
    on(from, 0x1a, 0x1a, done, ground);
    on(from, 0x1b, 0x1b, giveBack, ground);
  }

  on(afterEscape, 0x20, 0x2f, hold, escapeIntermediate);
  on(afterEscape, 0x30, 0x7e, done, ground);
  onChar(afterEscape, '[', hold, csi);
  onChar(afterEscape, ']', hold, oscStart);
  onChar(afterEscape, 'NO', hold, singleShift);
  onChar(afterEscape, 'PX^_', hold, controlString);

  on(escapeIntermediate, 0x20, 0x2f, hold, escapeIntermediate);
  on(escapeIntermediate, 0x30, 0x7e, done, ground);

  on(csi, 0x20, 0x3f, hold, csi);
  on(csi, 0x40, 0x7e, done, ground);

  on(singleShift, 0x20, 0x7e, done, ground);

  for (const from of [oscStart, oscPalette, osc]) {
    on(from, 0x20, 0x7e, hold, osc);
    on(from, 0x80, 0xff, hold, osc);
    on(from, 0x07, 0x07, done, ground);
    on(from, 0x1b, 0x1b, skip, stringEscape);
  }
  onChar(oscStart, 'R', done, ground);
  onChar(oscStart, 'P', hold, oscPalette);
  onChar(oscPalette, '0123456789abcdefABCDEF', hold, oscPalette);

  on(controlString, 0x20, 0x7e, hold, controlString);
  on(controlString, 0x80, 0xff, hold, controlString);
  on(controlString, 0x1b, 0x1b, skip, stringEscape);

  // Anything but ST: the string was none, and the ESC begins a sequence of its own.
  on(stringEscape, 0x00, 0xff, giveBack, afterEscape);
  onChar(stringEscape, '\\', done, ground);
  return table;
}
