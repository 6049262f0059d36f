/**
 * The frames in which a guest's shell reports, as text on the console:
 *
 *     @@br:<nonce>:<sequence>:<kind>:<number>:<text>:<check>@@
 *
 * The typed commands that make them never contain `@@br` (it is typed as `@''@br`), so no echo is a frame; the nonce
 * is the session's, so no old text is one; the check covers the numbers and the text's length, so no damaged text is
 * one. (The text of captured output has a checksum of its own.)
 */
export type Frame =
  /** The command is about to run. */
  | { readonly kind: 'begin'; readonly sequence: number }
  /** The command was not run: it did not arrive with all its characters. */
  | { readonly kind: 'refused'; readonly sequence: number }
  /** The command ended. */
  | { readonly kind: 'end'; readonly sequence: number; readonly exitStatus: number }
  /** A line of captured output, in base64; counts from 1. */
  | { readonly kind: 'data'; readonly sequence: number; readonly index: number; readonly base64: string }
  /** All of the captured output was sent: so many lines, or bytes where it went over a port. Without a `sha256` it could not be gathered. */
  | { readonly kind: 'sent'; readonly sequence: number; readonly count: number; readonly sha256: string }
  /** The shell reads on; `chars` characters of a long command have arrived. */
  | { readonly kind: 'ready'; readonly sequence: number; readonly chars: number };

/** Digits, so that the check can cover them in the shell's arithmetic. */
export const kinds = { begin: 1, refused: 2, end: 3, data: 4, sent: 5, ready: 6 } as const satisfies Record<Frame['kind'], number>;

const kindOf = new Map<number, Frame['kind']>(Object.entries(kinds).map(([kind, digit]) => [digit, kind as Frame['kind']]));

const framePattern = /@@br:([0-9a-f]+):(\d{1,9}):(\d):(\d{1,9}):([^:@]*):(\d{1,4})@@/g;

/** The check a frame carries; the guest's shell computes the same (see posix.ts). The modulus is prime: no single wrong digit passes. */
export function frameCheck(sequence: number, kind: number, number: number, textLength: number): number {
  return (sequence * 31 + kind * 1009 + number * 17 + textLength) % 9973;
}

/** Frames of one session in a line of console text, in order, each with what stands before it in the line. */
export function framesIn(line: string, nonce: string): { frame: Frame; before: string }[] {
  if (!line.includes('@@br:')) return [];
  const found: { frame: Frame; before: string }[] = [];
  let from = 0;
  for (const match of line.matchAll(framePattern)) {
    const frame = match[1] === nonce ? toFrame(match) : undefined;
    if (!frame) continue;
    found.push({ frame, before: line.slice(from, match.index) });
    from = match.index + match[0].length;
  }
  return found;
}

function toFrame(match: RegExpExecArray): Frame | undefined {
  const [sequence, digit, number, check] = [match[2], match[3], match[4], match[6]].map(Number) as [number, number, number, number];
  const text = match[5] as string;
  if (check !== frameCheck(sequence, digit, number, text.length)) return undefined;
  const kind = kindOf.get(digit);
  switch (kind) {
    case 'begin':
    case 'refused':
      return { kind, sequence };
    case 'ready':
      return { kind, sequence, chars: number };
    case 'end':
      return { kind, sequence, exitStatus: number };
    case 'data':
      return { kind, sequence, index: number, base64: text };
    case 'sent':
      return { kind, sequence, count: number, sha256: text };
    case undefined:
      return undefined;
  }
}
