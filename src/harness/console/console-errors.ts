import { BringupError } from '../../model/errors.ts';

/** How a console came to its end. */
export interface ConsoleEnd {
  /** The other side closed it, the channel failed, or the console was disposed. */
  reason: 'closed' | 'error' | 'disposed';
  /** What failed, for `error`. */
  error: Error | undefined;
}

/** For calls that came after the console's end, or that it cut short. */
export function closedError({ reason, error }: ConsoleEnd, consoleTail?: string): BringupError {
  const how = reason === 'error' ? `failed (${error?.message})` : 'was closed by the other side';
  return new BringupError('console-closed', `the console ${how}`, {
    hint: 'the machine ended or its terminal server dropped the line: see how the machine ended.',
    ...(consoleTail !== undefined && { consoleTail }),
    cause: error,
  });
}

/** For a wait that ran out of time; `console` is what it saw. */
export function timeoutError(
  what: string,
  timeoutMs: number,
  console: { readonly bytesReceived: number; readonly linesReceived: number; tail(maxLines?: number): string },
): BringupError {
  const last = console.tail(1).slice(-200);
  const seen = console.bytesReceived === 0 ? 'nothing was printed' : `${console.linesReceived} lines, last ${JSON.stringify(last)}`;
  const limit = timeoutMs > 0 ? `within ${timeoutMs} ms` : 'in what is there';
  return new BringupError('expect-timeout', `${what} not seen ${limit} (${seen})`, {
    hint: "compare the pattern with the console's last lines; a guest that is merely slow needs a longer timeoutMs.",
    consoleTail: console.tail(),
  });
}
