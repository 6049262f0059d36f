/**
 * The frames in which a guest's shell reports, as text on the console:
 *
 *     @@br:<nonce>:<sequence>:<kind>:<number>:<text>:<check>@@
 *
 * The typed commands that make them never contain `@@br` (it is typed as `@''@br`), so no echo is a frame; the nonce
 * is the session's, so no old text is one; the check covers numbers and the text's length, so no damaged text is one.
 */
export type Frame =
  /** The command is about to run. */
  | { readonly kind: 'begin'; readonly sequence: number }
  /** The command was not run: the line arrived with that many characters. */
  | { readonly kind: 'refused'; readonly sequence: number; readonly lengthChars: number }
  /** The command ended. */
  | { readonly kind: 'end'; readonly sequence: number; readonly exitStatus: number }
  /** A line of captured output, in base64; counts from 1. */
  | { readonly kind: 'data'; readonly sequence: number; readonly index: number; readonly base64: string }
  /** All of the captured output was sent. */
  | { readonly kind: 'sent'; readonly sequence: number; readonly lines: number; readonly sha256: string }
  /** The shell reads commands. */
  | { readonly kind: 'ready'; readonly sequence: number };

const kinds = { b: 'begin', n: 'refused', e: 'end', d: 'data', f: 'sent', s: 'ready' } as const;

const framePattern = /@@br:([0-9a-f]+):(\d+):([bnedfs]):(\d+):([^:@]*):(\d+)@@/g;

/** The check a control frame carries; the guest's shell computes the same in its own arithmetic. */
export function frameCheck(sequence: number, number: number, textLength: number): number {
  return (sequence * 31 + number * 17 + textLength) % 9973;
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
  const [sequence, number, check] = [match[2], match[4], match[6]].map(Number) as [number, number, number];
  const text = match[5] as string;
  const kind = kinds[match[3] as keyof typeof kinds];
  if (kind === 'data') return check === text.length ? { kind, sequence, index: number, base64: text } : undefined;
  if (check !== frameCheck(sequence, number, text.length)) return undefined;
  switch (kind) {
    case 'begin':
    case 'ready':
      return { kind, sequence };
    case 'refused':
      return { kind, sequence, lengthChars: number };
    case 'end':
      return { kind, sequence, exitStatus: number };
    case 'sent':
      return { kind, sequence, lines: number, sha256: text.slice(0, 64) };
  }
}
