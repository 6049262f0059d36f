import type { Cause } from './outcome.ts';

interface ErrorKind {
  /** Exit code of a command that ends with this error: 1 guest, 2 usage or configuration, 3 infrastructure. */
  readonly exitCode: 1 | 2 | 3;
  /** Status the daemon answers with. */
  readonly httpStatus: number;
  /** The cause a check gets that ends with this error, unless the thrower knows better. */
  readonly failureCause: Cause;
}

/** The one table from error code to exit code, HTTP status and cause. */
export const errorKinds = {
  usage: { exitCode: 2, httpStatus: 400, failureCause: 'broken-test' },
  'profile-invalid': { exitCode: 2, httpStatus: 400, failureCause: 'broken-test' },
  'profile-not-found': { exitCode: 2, httpStatus: 404, failureCause: 'broken-test' },
  'image-invalid': { exitCode: 2, httpStatus: 400, failureCause: 'broken-test' },
  'file-not-found': { exitCode: 2, httpStatus: 404, failureCause: 'broken-test' },
  'record-invalid': { exitCode: 2, httpStatus: 400, failureCause: 'broken-test' },
  'requirement-missing': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'artifact-failed': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'cache-failed': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'harness-fault': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'qemu-start-failed': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'qemu-exit': { exitCode: 3, httpStatus: 500, failureCause: 'qemu-exit' },
  'snapshot-failed': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'qmp-timeout': { exitCode: 3, httpStatus: 504, failureCause: 'harness-fault' },
  'qmp-protocol': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'qmp-command-failed': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  'console-closed': { exitCode: 3, httpStatus: 500, failureCause: 'harness-fault' },
  aborted: { exitCode: 3, httpStatus: 499, failureCause: 'harness-fault' },
  disposed: { exitCode: 2, httpStatus: 409, failureCause: 'broken-test' },
  'expect-timeout': { exitCode: 1, httpStatus: 504, failureCause: 'assertion' },
  'boot-timeout': { exitCode: 1, httpStatus: 504, failureCause: 'guest-hang' },
  'guest-hang': { exitCode: 1, httpStatus: 504, failureCause: 'guest-hang' },
  'guest-crash': { exitCode: 1, httpStatus: 500, failureCause: 'guest-crash' },
  'guest-exit': { exitCode: 1, httpStatus: 500, failureCause: 'guest-exit' },
  'unexpected-reboot': { exitCode: 1, httpStatus: 500, failureCause: 'unexpected-reboot' },
  'command-timeout': { exitCode: 1, httpStatus: 504, failureCause: 'guest-hang' },
  'output-too-long': { exitCode: 1, httpStatus: 413, failureCause: 'assertion' },
  'shell-lost': { exitCode: 1, httpStatus: 503, failureCause: 'assertion' },
  'shell-protocol': { exitCode: 1, httpStatus: 500, failureCause: 'assertion' },
  'budget-exceeded': { exitCode: 1, httpStatus: 504, failureCause: 'guest-slow' },
  'machine-broken': { exitCode: 1, httpStatus: 503, failureCause: 'guest-hang' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface BringupErrorDetails {
  /** What to do about it, one or two sentences. */
  hint?: string | undefined;
  /** The last lines of the console, escape sequences removed. */
  consoleTail?: string;
  /** Overrides the cause that the code stands for. */
  failureCause?: Cause;
  /** The error beneath. */
  cause?: unknown;
}

/**
 * Every error that bringup throws on purpose. `message` is for people (short message, hint, console tail); programs
 * read the fields.
 */
export class BringupError extends Error {
  override readonly name = 'BringupError';
  readonly code: ErrorCode;
  /** One sentence: what was expected and what came. */
  readonly shortMessage: string;
  readonly hint: string | undefined;
  readonly consoleTail: string | undefined;
  readonly failureCause: Cause;

  constructor(code: ErrorCode, shortMessage: string, details: BringupErrorDetails = {}) {
    super(composeMessage(shortMessage, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.shortMessage = shortMessage;
    this.hint = details.hint;
    this.consoleTail = details.consoleTail;
    this.failureCause = details.failureCause ?? errorKinds[code].failureCause;
  }

  get exitCode(): 1 | 2 | 3 {
    return errorKinds[this.code].exitCode;
  }

  get httpStatus(): number {
    return errorKinds[this.code].httpStatus;
  }
}

function composeMessage(shortMessage: string, { hint, consoleTail }: BringupErrorDetails): string {
  const parts = [shortMessage];
  if (hint !== undefined) parts.push(`What to do: ${hint}`);
  if (consoleTail) parts.push(`Console, last lines:\n${consoleTail.replace(/^/gm, '  | ')}`);
  return parts.join('\n');
}
